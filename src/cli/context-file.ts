import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { CliError } from "./errors.js";
import { nearest } from "./nearest.js";

/** Named sets of addresses, and the one in use. */
export interface Contexts {
  readonly current?: string;
  readonly contexts: Readonly<Record<string, Context>>;
}

/** Values by flag name, as `proxy_address` or `registry_address`. */
export type Context = Readonly<Record<string, string | readonly string[] | boolean>>;

/** Where a user's contexts are. */
export function contextPath(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), ".config"), "micro", "config.json");
}

/** Reads the contexts; none where there is no file. @throws {CliError} for a file that is not understood. */
export function readContexts(path = contextPath()): Contexts {
  const found = readObject(path);
  if (found === undefined) return { contexts: {} };
  const { current, contexts } = found;
  if (contexts !== undefined && (typeof contexts !== "object" || contexts === null))
    throw new CliError("BAD_CONFIG", `${path}: contexts is not an object`);
  return {
    current: typeof current === "string" ? current : undefined,
    contexts: (contexts ?? {}) as Record<string, Context>,
  };
}

/** The context of that name. @throws {CliError} BAD_CONFIG with the nearest name. */
export function contextNamed(name: string, { contexts }: Contexts): Context {
  const context = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (context) return context;
  const [close] = nearest(name, Object.keys(contexts), 1);
  const hint = close ? `did you mean ${close}?` : "micro context list";
  throw new CliError("BAD_CONFIG", `context "${name}" does not exist`, { hint });
}

/** Reads a JSON object from a file; undefined where there is none. @throws {CliError} for anything else in it. */
export function readObject(path: string): Record<string, unknown> | undefined {
  let content: string;
  try {
    content = readFileSync(path, "utf8");
  } catch (error) {
    if (/^(ENOENT|ENOTDIR)$/.test(String((error as NodeJS.ErrnoException).code))) return undefined;
    throw new CliError("BAD_CONFIG", `${path}: ${(error as Error).message}`, { cause: error });
  }
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch (error) {
    throw new CliError("BAD_CONFIG", `${path}: ${(error as Error).message}`, { cause: error });
  }
  throw new CliError("BAD_CONFIG", `${path}: not a JSON object`);
}

/** Replaces the contexts, at once or not at all, readable by the user alone. */
export function writeContexts(contexts: Contexts, path = contextPath()): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify(contexts, null, 2)}\n`, { mode: 0o600 });
  chmodSync(fresh, 0o600);
  renameSync(fresh, path);
}
