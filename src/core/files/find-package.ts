import { existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";

/** Finds the folder of a package as Node would from `start`: in the nearest `node_modules` that holds it. */
export function findPackage(name: string, start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const found = join(folder, "node_modules", name);
    if (existsSync(join(found, "package.json"))) return found;
    if (folder === dirname(folder)) return undefined;
  }
}

/** True for `./x`, `../x`, an absolute path and a file URL. No package has such a name. */
export function isPath(spec: string): boolean {
  return /^(\.{1,2}([/\\]|$)|file:)/.test(spec) || isAbsolute(spec);
}
