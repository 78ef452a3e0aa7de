import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { findPackage, isPath } from "../core/files/find-package.js";
import { ownFolder } from "../core/files/own-folder.js";

/** A module that was found: its URL, and the manifest of its package. */
export interface Located {
  readonly url: string;
  readonly manifest: Manifest;
}

export interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly main?: string;
  readonly exports?: unknown;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Resolves a package or path from `folder`. Packages also from the toolkit's own folder, for global installs. */
export function locate(spec: string, folder: string): Located | undefined {
  if (isPath(spec)) return locatePath(spec, folder);
  return locatePackage(spec, folder) ?? locatePackage(spec, ownFolder());
}

function locatePath(spec: string, folder: string): Located | undefined {
  const path = spec.startsWith("file:") ? fileURLToPath(spec) : resolve(folder, spec);
  if (!existsSync(path)) return undefined;
  if (statSync(path).isDirectory()) return inFolder(path);
  return { url: pathToFileURL(path).href, manifest: {} };
}

function locatePackage(name: string, start: string): Located | undefined {
  const found = findPackage(name, start);
  return found === undefined ? undefined : inFolder(found);
}

function inFolder(folder: string): Located {
  const path = join(folder, "package.json");
  const manifest = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Manifest) : {};
  const entry = mainOf(manifest.exports) ?? manifest.main ?? "index.js";
  return { url: pathToFileURL(join(folder, entry)).href, manifest };
}

/** The entry point in `exports` of a manifest. */
function mainOf(exports: unknown): string | undefined {
  if (typeof exports === "string") return exports;
  if (typeof exports !== "object" || exports === null) return undefined;
  const conditions = exports as Record<string, unknown>;
  for (const condition of [".", "node", "import", "default", "require"])
    if (condition in conditions) return mainOf(conditions[condition]);
  return undefined;
}
