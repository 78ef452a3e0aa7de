import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** Returns the folder of this code. A CommonJS bundle has `__dirname` instead of `import.meta`. */
export function ownFolder(): string {
  return typeof __dirname === "string" ? __dirname : dirname(fileURLToPath(import.meta.url));
}
