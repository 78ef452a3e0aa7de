import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Creates a folder and its missing parents, one after the other. Node's `recursive` option loops for ever where the
 * system answers ENOENT for a folder whose parent exists, as in `/proc`.
 * @throws the system's error for the first folder that cannot be created.
 */
export function makeFolder(folder: string, mode?: number): void {
  const missing: string[] = [];
  let existing = folder;
  while (!existsSync(existing) && existing !== dirname(existing)) {
    missing.unshift(existing);
    existing = dirname(existing);
  }
  if (missing.length > 0) accessSync(existing, constants.W_OK);
  for (const path of missing) makeOne(path, mode);
}

function makeOne(folder: string, mode?: number): void {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // another process may have created it in the meantime
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
