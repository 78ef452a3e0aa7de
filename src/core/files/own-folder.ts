import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** Returns the folder of this code. A bundle in the form of CommonJS has no `import.meta`, but `__dirname`. */
export function ownFolder(): string {
  return typeof __dirname === "string" ? __dirname : dirname(fileURLToPath(import.meta.url));
}
