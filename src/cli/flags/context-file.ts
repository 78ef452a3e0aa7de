import { chmodSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { FileLock } from "../../core/files/file-lock.js";
import { readJsonObject } from "../../core/files/json-object.js";
import { makeFolder } from "../../core/files/make-folder.js";
import { configPath } from "../../core/files/user-folder.js";
import { suggest } from "../../core/text/suggest.js";
import { CliError } from "../errors.js";

/** The user's own settings: named sets of addresses, the current one, and what is trusted. */
export interface Contexts {
  readonly current?: string;
  readonly contexts: Readonly<Record<string, CliContext>>;
  /** Packages or paths, as for `--plugin`. */
  readonly plugins?: readonly string[];
  /** Folders whose `micro.json` may name code and secrets. */
  readonly trusted?: readonly string[];
}

/** Values by flag name, such as `proxy_address` or `registry_address`. */
export type CliContext = Readonly<Record<string, string | readonly string[] | boolean>>;

/** Reads the contexts. Empty without a file. @throws {CliError} for a malformed file. */
export function readContexts(path = configPath()): Contexts {
  const found = path === undefined ? undefined : readObject(path);
  if (found === undefined) return { contexts: {} };
  const { current, contexts, plugins, trusted } = found;
  if (contexts !== undefined && (typeof contexts !== "object" || contexts === null))
    throw new CliError("BAD_CONFIG", `${path}: contexts is not an object`);
  return {
    current: typeof current === "string" ? current : undefined,
    contexts: (contexts ?? {}) as Record<string, CliContext>,
    plugins: texts(`${path}: plugins`, plugins),
    trusted: texts(`${path}: trusted`, trusted),
  };
}

function texts(what: string, value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.every((text) => typeof text === "string")) return value;
  throw new CliError("BAD_CONFIG", `${what} is not a list of texts`);
}

/** Returns the context with that name. @throws {CliError} BAD_CONFIG, with the nearest name. */
export function contextNamed(name: string, { contexts }: Contexts): CliContext {
  const context = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (context) return context;
  const [close] = suggest(name, Object.keys(contexts), 1);
  const hint = close ? `did you mean ${close}?` : "micro context list";
  throw new CliError("BAD_CONFIG", `context "${name}" does not exist`, { hint });
}

/**
 * Reads a file of settings. Undefined if there is none.
 * @throws {CliError} BAD_CONFIG where `readJsonObject` throws.
 */
export function readObject(path: string): Record<string, unknown> | undefined {
  try {
    return readJsonObject(path);
  } catch (error) {
    throw new CliError("BAD_CONFIG", (error as Error).message, { cause: (error as Error).cause });
  }
}

/**
 * Reads the contexts and writes the result of `change`, under a lock, so that concurrent processes do not lose changes.
 * @throws {CliError} without a home folder.
 */
export async function changeContexts(
  change: (found: Contexts) => Contexts,
  signal?: AbortSignal,
  path = configPath(),
): Promise<Contexts> {
  if (path === undefined)
    throw new CliError("BAD_CONFIG", "there is no home folder to keep settings in", {
      hint: "set HOME or XDG_CONFIG_HOME",
    });
  makeFolder(dirname(path), 0o700);
  using lock = await FileLock.take(path, signal);
  const changed = change(readContexts(path));
  writeContexts(changed, path, lock);
  return changed;
}

/** Writes the contexts atomically, readable by the user only. */
function writeContexts(contexts: Contexts, path: string, lock: FileLock): void {
  const fresh = `${path}.${process.pid}`;
  try {
    writeFileSync(fresh, `${JSON.stringify(contexts, null, 2)}\n`, { mode: 0o600 });
    chmodSync(fresh, 0o600);
    if (!lock.isHeld) throw new CliError("IO_ERROR", `${path}: stopped for too long, and nothing is changed`);
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}
