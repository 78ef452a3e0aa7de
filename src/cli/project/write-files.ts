import {
  existsSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { CliError, usage } from "../errors.js";

/** Files to write, by their path inside the folder. */
export type Files = Readonly<Record<string, string>>;

/**
 * Returns the folder for `target` in the working directory. @throws {CliError} for a path that leaves it, also through
 * a link.
 */
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

/**
 * Writes all files, or none if one cannot be written, as on a full disk. Then reports the path of each.
 * @throws {CliError} for a path that is a link, or behind one.
 */
export function writeFiles(folder: string, files: Files, written: (path: string) => void): void {
  const undo: (() => void)[] = [];
  try {
    const temporary = Object.entries(files).map(([name, content]) =>
      write(join(folder, name), content, undo),
    );
    for (const { fresh, path } of temporary) moveInto(fresh, path, undo);
    for (const { path } of temporary) written(path);
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }
}

/** Writes to a temporary file next to `path`. Existing files stay until everything is written. */
function write(path: string, content: string, undo: (() => void)[]): { fresh: string; path: string } {
  for (const folder of missingFolders(inside(relative(process.cwd(), dirname(path))))) {
    mkdirSync(folder);
    undo.push(() => removeEmpty(folder));
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink()) throw new CliError("IO_ERROR", `"${path}" is a link: it is not followed`);
  if (found && !found.isFile())
    throw new CliError("IO_ERROR", `"${path}" exists and is not a file: move it away`);
  const fresh = `${path}.${process.pid}`;
  undo.push(() => rmSync(fresh, { force: true }));
  writeFileSync(fresh, content, { flag: "wx", mode: found?.mode });
  return { fresh, path };
}

function moveInto(fresh: string, path: string, undo: (() => void)[]): void {
  if (!existsSync(path)) undo.push(() => rmSync(path, { force: true }));
  renameSync(fresh, path);
}

function missingFolders(folder: string): string[] {
  return existsSync(folder) ? [] : [...missingFolders(dirname(folder)), folder];
}

/** Removes a folder, unless another process has put something into it. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // it is in use
  }
}
