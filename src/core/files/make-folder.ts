import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it that are missing, one after the other: `recursive` of Node never ends where the
 * system answers ENOENT for a folder whose parent is there, as in `/proc`.
 * @throws what the system says of the first that it refuses.
 */
export function makeFolder(folder: string, mode?: number): void {
  const missing: string[] = [];
  let existing = folder;
  while (!existsSync(existing) && existing !== dirname(existing)) {
    missing.unshift(existing);
    existing = dirname(existing);
  }
  if (missing.length > 0) accessSync(existing, constants.W_OK);
  for (const each of missing) makeOne(each, mode);
}

function makeOne(folder: string, mode?: number): void {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // another process can have made it in between
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
