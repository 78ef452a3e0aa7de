import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { ownFolder } from "./own-folder.js";

let root: string | undefined;

/** Returns the path of a file of this package. Works from source, from the build, and from the bundled command line. */
export function packageFile(path: string): string {
  root ??= nearestPackage(ownFolder());
  return join(root, path);
}

function nearestPackage(start: string): string {
  let folder = start;
  while (!existsSync(join(folder, "package.json")) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}
