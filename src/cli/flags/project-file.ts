import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { findPackage, isPath } from "../../core/files/find-package.js";
import { ownFolder } from "../../core/files/own-folder.js";
import { checkOwn, FileRefused, fileFault } from "../../core/files/small-file.js";
import { type FileValues, valueIn } from "../../core/settings/file-values.js";
import { type Setting, settings } from "../../core/settings/settings.js";
import { CliError } from "../errors.js";
import { readObject } from "./context-file.js";
import type { FallbackSource } from "./precedence.js";

/**
 * The `micro.json` of this folder or the nearest one above it. What it may set depends on whether the folder is
 * trusted.
 */
export interface ProjectFile extends FallbackSource {
  readonly path: string;
  readonly folder: string;
  /** True if its folder may name code and secrets. */
  readonly trusted: boolean;
  /** The names of settings that are ignored because the folder is not trusted. */
  readonly ignored: readonly string[];
  /** Why the file is not read at all. */
  readonly refused?: string;
}

const all: Readonly<Record<string, Setting>> = settings;

/** Looks for the file from `start` upwards. @throws {CliError} BAD_CONFIG if it is not a JSON object. */
export function projectFile(start: string, isTrusted: (folder: string) => boolean): ProjectFile | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const path = join(folder, "micro.json");
    const nameOf = (flag: string) => `${flag} in ${path}`;
    try {
      const values = readObject(path);
      if (values) {
        const trusted = isTrusted(folder);
        const get = (flag: string) => countingValue(flag, values, trusted ? folder : undefined);
        return { path, folder, trusted, nameOf, get, ignored: trusted ? [] : ignoredOf(values) };
      }
    } catch (error) {
      if (!(error instanceof CliError) || !(error.cause instanceof FileRefused)) throw error;
      const refused = fileFault(error.cause);
      return { path, folder, trusted: false, nameOf, get: () => undefined, ignored: [], refused };
    }
    if (folder === dirname(folder)) return undefined;
  }
}

function countingValue(flag: string, values: FileValues, trustedFolder: string | undefined): unknown {
  const value = valueIn(values, flag);
  if (trustedFolder === undefined) return isHarmless(flag, value) ? value : undefined;
  if (flag === "plugin") {
    const specs = list(value);
    // without any, the plugins of the user's own settings apply
    return specs.length === 0 ? undefined : specs.map((spec) => seenFrom(trustedFolder, spec));
  }
  const ownCode = typeof value === "string" && isCode(flag, value);
  return ownCode ? (packageAt(trustedFolder, value) ?? value) : value;
}

function ignoredOf(values: FileValues): readonly string[] {
  const named = Object.entries(values).filter(([, value]) => value !== null && value !== "");
  return named
    .filter(([name, value]) => !isHarmless(name.replaceAll("-", "_"), value))
    .map(([name]) => name)
    .sort();
}

/** True for a value that cannot load code, read or write a file, open a listener, or disable a check. */
function isHarmless(flag: string, value: unknown): boolean {
  return all[flag]?.harmless === true && !isCode(flag, String(value));
}

/** True for the name of a part that is not built in: it is a package to load. */
function isCode(flag: string, value: string): boolean {
  const { kind, names } = all[flag] ?? {};
  return kind === "text" && names?.includes(value) === false;
}

function list(value: unknown): readonly string[] {
  const texts = typeof value === "string" ? value.split(",") : Array.isArray(value) ? value.map(String) : [];
  return texts.filter((text) => text !== "");
}

/**
 * Resolves a plugin from the folder that names it to an absolute path, independent of where the command runs.
 * @throws {CliError} BAD_CONFIG if others can have written it.
 */
export function seenFrom(folder: string, spec: string): string {
  const path = packageAt(folder, spec) ?? join(folder, "node_modules", `micro-plugin-${spec}`);
  if (!existsSync(path)) return path;
  try {
    checkOwn(path);
  } catch (error) {
    throw new CliError("BAD_CONFIG", `plugin ${path} is not loaded: ${fileFault(error)}`, { cause: error });
  }
  return path;
}

function packageAt(folder: string, spec: string): string | undefined {
  if (isPath(spec)) return spec.startsWith("file:") ? fileURLToPath(spec) : resolve(folder, spec);
  for (const start of [folder, ownFolder()])
    for (const name of [`micro-plugin-${spec}`, spec]) {
      const found = findPackage(name, start);
      if (found !== undefined) return found;
    }
  return undefined;
}
