import { MicroError } from "../core/errors.js";
import { isPath } from "../core/files/find-package.js";
import { shellQuote } from "../core/text/shell-quote.js";
import { type Located, locate } from "./locate.js";
import { type PartKind, type Plugin, partMembers } from "./plugin.js";
import { isInRange, ownVersion } from "./version.js";

export interface LoadOptions {
  /** Folder from which packages and paths are resolved. Default: the current folder. */
  readonly folder?: string;
}

/** The default export of a module: a plugin, or a single factory. */
export type Loaded = Plugin | ((options: never) => unknown);

/**
 * Loads the plugins of `--plugin`: each a path, a package, or the NAME of a package `micro-plugin-NAME`.
 * @throws {MicroError} BACKEND_MISSING if it is not installed. BAD_CONFIG if it is not a plugin for this version.
 */
export async function loadPlugins(
  specs: readonly string[],
  options: LoadOptions = {},
): Promise<readonly Plugin[]> {
  return Promise.all(specs.map((spec) => loadPlugin(spec, options)));
}

async function loadPlugin(spec: string, options: LoadOptions): Promise<Plugin> {
  const found = await loadModule(spec, options);
  if (found === undefined) throw missing(`plugin "${spec}"`, spec);
  if (isPlugin(found)) return found;
  throw unusable(`plugin "${spec}": its default export has no name, so it is not a plugin`);
}

/** Loads the module of `spec`. Undefined if there is none. @throws {MicroError} BAD_CONFIG if it fails to load. */
export async function loadModule(spec: string, options: LoadOptions = {}): Promise<Loaded | undefined> {
  const found = find(spec, options);
  return found && importLocated(found.name, found.located);
}

/** True when `spec` is a path or package that exists. */
export function isInstalled(spec: string, options: LoadOptions = {}): boolean {
  return find(spec, options) !== undefined;
}

function find(
  spec: string,
  { folder = process.cwd() }: LoadOptions,
): { name: string; located: Located } | undefined {
  for (const name of isPath(spec) ? [spec] : [`micro-plugin-${spec}`, spec]) {
    const located = locate(name, folder);
    if (located) return { name, located };
  }
  return undefined;
}

async function importLocated(spec: string, { url, manifest }: Located): Promise<Loaded> {
  await checkVersion(spec, manifest.version, manifest.peerDependencies?.["micro-toolkit"]);
  const loaded = await importDefault(spec, url);
  if (typeof loaded === "function" || (typeof loaded === "object" && loaded !== null))
    return loaded as Loaded;
  throw unusable(`plugin "${spec}": it has no default export that is a plugin or a factory`);
}

async function importDefault(spec: string, url: string): Promise<unknown> {
  try {
    const { default: exported } = (await import(url)) as { default?: unknown };
    // A CommonJS module that was compiled from ESM holds its default one level deeper.
    const inner = (exported as { default?: unknown } | undefined)?.default;
    return inner ?? exported;
  } catch (error) {
    throw unusable(
      `plugin "${spec}": it does not load: ${error instanceof Error ? error.message : error}`,
      error,
    );
  }
}

async function checkVersion(
  spec: string,
  version: string | undefined,
  range: string | undefined,
): Promise<void> {
  const own = ownVersion();
  if (range === undefined || own === undefined || (await isInRange(own, range))) return;
  const which = version === undefined ? spec : `${spec} ${version}`;
  throw unusable(
    `plugin "${which}": it works with micro-toolkit ${range}, this is ${own}: npm install ${shellQuote(`${spec}@latest`)}`,
  );
}

/** True for a plugin, which has a name. A single factory has none. */
export function isPlugin(loaded: Loaded): loaded is Plugin {
  return typeof loaded === "object" && typeof loaded.name === "string" && loaded.name !== "";
}

/** The kinds of parts that a plugin has, for messages. */
export function partsOf(plugin: Plugin): readonly PartKind[] {
  return (Object.keys(partMembers) as PartKind[]).filter((kind) => plugin[kind] !== undefined);
}

/** The error for a missing package, with the command that installs it, or for a missing file. */
export function missing(what: string, spec: string): MicroError {
  const hint = isPath(spec) ? "no such file" : `not installed: npm install ${shellQuote(packageOf(spec))}`;
  return new MicroError("go.micro", 500, `${what}: ${hint}`, { reason: "BACKEND_MISSING" });
}

function packageOf(spec: string): string {
  return /^(@|micro-plugin-)/.test(spec) ? spec : `micro-plugin-${spec}`;
}

/** The error for a plugin that was found but cannot be used. */
export function unusable(detail: string, cause?: unknown): MicroError {
  return new MicroError("go.micro", 400, detail, { reason: "BAD_CONFIG", cause });
}
