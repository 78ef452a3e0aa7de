// What the build resolves and the compiler does not know.
declare module "*.css";
declare module "node:crypto" {
  export function randomUUID(): string;
}
