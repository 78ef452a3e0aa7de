/** `randomUUID` of `node:crypto`, also on plain HTTP, where browsers lack their own. */
export function randomUUID(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
