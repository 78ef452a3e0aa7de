import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

let root: string | undefined;

/** Returns the path of a file of this package. Works from source, from the build, and from the bundled command line. */
export function packageFile(path: string): string {
  root ??= nearestPackage(dirname(fileURLToPath(import.meta.url)));
  return join(root, path);
}

function nearestPackage(start: string): string {
  let folder = start;
  while (!existsSync(join(folder, "package.json")) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}
