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

/**
 * Writes all files, or none where one cannot be written, as on a full disk; then tells the path of each.
 * @throws {CliError} for one that is a link, or behind one.
 */
export function writeFiles(folder: string, files: Files, told: (path: string) => void): void {
  const undo: (() => void)[] = [];
  try {
    const written = Object.entries(files).map(([name, content]) => write(join(folder, name), content, undo));
    for (const { fresh, path } of written) moveInto(fresh, path, undo);
    for (const { path } of written) told(path);
  } catch (error) {
    for (const each of undo.reverse()) each();
    throw error;
  }
}

/** Writes beside `path`: what is there already stays until all is written. */
function write(path: string, content: string, undo: (() => void)[]): { fresh: string; path: string } {
  for (const folder of missingFolders(inside(relative(process.cwd(), dirname(path))))) {
    mkdirSync(folder);
    undo.push(() => removeEmpty(folder));
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink()) throw new CliError("IO_ERROR", `"${path}" is a link: it is not followed`);
  if (found && !found.isFile())
    throw new CliError("IO_ERROR", `"${path}" is there, and is no file: move it away`);
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

/** Another process can have put something of its own into the folder: that stays. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // it is in use
  }
}
