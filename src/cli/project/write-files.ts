import { existsSync, lstatSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { makeFolder } from "../../core/make-folder.js";
import { CliError, usage } from "../errors.js";

/** Files to write, by their path inside the folder. */
export type Files = Readonly<Record<string, string>>;

/** The folder for `target`, inside the working directory. @throws {CliError} for a path that leaves it, also by a link. */
export function inside(target: string): string {
  const here = realpathSync(process.cwd());
  const folder = resolve(here, target);
  const from = relative(here, folder);
  if (isAbsolute(target) || from.startsWith("..") || isAbsolute(from))
    throw usage(`"${target}" is not a relative path inside the working directory`);
  let nearest = folder;
  while (!existsSync(nearest)) nearest = dirname(nearest);
  const real = relative(here, realpathSync(nearest));
  if (real.startsWith("..") || isAbsolute(real))
    throw usage(`"${target}" leads out of the working directory`);
  return folder;
}

/** Writes the files, and tells each path as it is made. @throws {CliError} for one that is a link, or behind one. */
export function writeFiles(folder: string, files: Files, told: (path: string) => void): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    makeFolder(inside(relative(process.cwd(), dirname(path))));
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
      throw new CliError("IO_ERROR", `"${path}" is a link: it is not followed`);
    writeFileSync(path, content);
    told(path);
  }
}
