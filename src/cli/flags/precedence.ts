import { isUnset, textsOf } from "../../core/settings/file-values.js";
import { parseBoolean } from "../../core/text/boolean.js";
import { CliError } from "../errors.js";
import type { FlagShapes, TypedFlag } from "./argv.js";

/** A source of values for flags that were not typed. */
export interface FallbackSource {
  /** Returns the name of the source in messages: `MICRO_REGISTRY`, `micro.json`, `context staging`. */
  readonly nameOf: (flag: string) => string;
  readonly get: (flag: string) => unknown;
}

/** A flag, and where its value came from. */
export interface ResolvedFlag extends TypedFlag {
  readonly origin: string;
}

/** Adds values from the sources for flags of the command that were not typed. */
export function resolveFlags(
  typed: readonly TypedFlag[],
  shapes: FlagShapes,
  sources: readonly FallbackSource[],
): ResolvedFlag[] {
  const resolved: ResolvedFlag[] = typed.map((flag) => ({ ...flag, origin: `--${flag.name}` }));
  const given = new Set(typed.map(({ name }) => name));
  for (const [name, { takesValue, list }] of shapes) {
    const source = given.has(name) ? undefined : sources.find((candidate) => !isUnset(candidate.get(name)));
    if (!source) continue;
    const origin = source.nameOf(name);
    const value = source.get(name);
    if (!takesValue) resolved.push({ name, value: String(truth(value, origin)), origin });
    else for (const text of texts(name, value, list, origin)) resolved.push({ name, value: text, origin });
  }
  return resolved;
}

function truth(value: unknown, origin: string): boolean {
  const truth = typeof value === "boolean" ? value : parseBoolean(String(value));
  if (truth === undefined)
    throw new CliError("BAD_FLAG_VALUE", `${origin}: "${value}" is neither true nor false`);
  return truth;
}

function texts(name: string, value: unknown, list: boolean, origin: string): string[] {
  try {
    return textsOf(name, value, list);
  } catch (error) {
    throw new CliError("BAD_CONFIG", `${origin}: ${(error as Error).message}`, { cause: error });
  }
}

/** Variables that oclif also reads, with another meaning. */
const notOurs = new Set(["content_type"]);

/** The source for `MICRO_*` variables. `MICRO_SERVER_*` never describes the application next to a sidecar. */
export function environment(env: NodeJS.ProcessEnv, id: string | undefined): FallbackSource {
  const variable = (flag: string) => {
    const own = id === "sidecar" && flag.startsWith("self_server_");
    return `MICRO_${(own ? flag.slice(5) : flag).toUpperCase()}`;
  };
  const hidden = (flag: string) =>
    ((id === "sidecar" || id === "dev") && flag.startsWith("server_")) ||
    (notOurs.has(flag) && env[variable(flag)]?.toLowerCase() === "json");
  return { nameOf: variable, get: (flag) => (hidden(flag) ? undefined : env[variable(flag)]) };
}

/** Formats flags for oclif: one token each, the last value of a flag that is not a list, then `--` and the words. */
export function tokens(
  flags: readonly ResolvedFlag[],
  words: readonly string[],
  shapes: FlagShapes,
): string[] {
  const single = new Map<string, string>();
  const lists: string[] = [];
  for (const { name, value } of flags) {
    const shape = shapes.get(name);
    if (shape?.list) lists.push(`--${name}=${value}`);
    else if (shape?.takesValue) single.set(name, `--${name}=${value}`);
    else single.set(name, value === "true" ? `--${name}` : "");
  }
  return [...[...single.values()].filter((token) => token !== ""), ...lists, "--", ...words];
}
