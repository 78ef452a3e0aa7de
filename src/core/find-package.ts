import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The folder of a package as seen from a folder: in the nearest `node_modules` that holds it. */
export function findPackage(name: string, start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const found = join(folder, "node_modules", name);
    if (existsSync(join(found, "package.json"))) return found;
    if (folder === dirname(folder)) return undefined;
  }
}
