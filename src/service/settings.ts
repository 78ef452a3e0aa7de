import { realpathSync } from "node:fs";
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { badRequest, type MicroError } from "../core/errors.js";
import { fileFault, readSmallFile } from "../core/files/small-file.js";
import { isTrusted } from "../core/files/user-folder.js";
import { parseAddress } from "../core/net/address.js";
import { uselessAddress } from "../core/net/part-address.js";
import { shellQuote } from "../core/text/shell-quote.js";
import { parseTruth } from "../core/text/truth.js";
import { parseDuration } from "../core/time/duration.js";

/** How the text of a setting is read: durations into milliseconds, lists at commas, pairs as `key=value`. */
type Kind = "text" | "address" | "place" | "list" | "duration" | "count" | "pairs" | "truth";

interface Values {
  text: string;
  /** `host:port`. */
  address: string;
  /** Host or `host:port`. */
  place: string;
  list: readonly string[];
  duration: number;
  count: number;
  pairs: Readonly<Record<string, string>>;
  truth: boolean;
}

/** What a service reads about itself, by the name of its flag; its variable is `MICRO_` and that name in capitals. */
const kinds = {
  registry: "text",
  registry_address: "list",
  broker: "text",
  broker_address: "list",
  transport: "text",
  transport_address: "list",
  selector: "text",
  plugin: "list",
  client_request_timeout: "duration",
  client_retries: "count",
  client_pool_size: "count",
  client_pool_ttl: "duration",
  forward_headers: "list",
  server_name: "text",
  server_version: "text",
  server_id: "text",
  server_address: "address",
  server_advertise: "place",
  server_metadata: "pairs",
  register_ttl: "duration",
  register_interval: "duration",
  drain_delay: "duration",
  drain_timeout: "duration",
  enable_tls: "truth",
  tls_cert_file: "text",
  tls_key_file: "text",
  tls_client_ca_file: "text",
  tls_ca_file: "text",
  tls_insecure: "truth",
} as const satisfies Record<string, Kind>;

type Name = keyof typeof kinds;

/** The settings that were given, by flag name; durations in milliseconds. */
export type Settings = { readonly [K in Name]?: Values[(typeof kinds)[K]] };

/** Where settings come from, strongest first: the command line, the environment, the code, the project's `micro.json`. */
export interface Sources {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly code: Settings;
  /** Folder of `micro.json`; undefined where none is read. */
  readonly folder?: string;
  /** The main script: a folder that holds it, directly or below, is trusted. Default: that of the process. */
  readonly main?: string;
}

/** Reads what each source says. @throws {MicroError} 400 that names the flag, variable or file. */
export function readSettings({ argv, env, code, folder, main = process.argv[1] }: Sources): Settings {
  const typed = fromArgv(argv);
  const settings = { ...fromFile(folder, main, env), ...code, ...fromEnv(env), ...typed };
  checkAddresses(typed, settings);
  return settings;
}

/** An address that was typed for a part that has none would count for nothing. */
function checkAddresses(typed: Settings, settings: Settings): void {
  for (const part of ["registry", "broker", "transport"] as const) {
    const fault = typed[`${part}_address`] && uselessAddress(part, settings[part]);
    if (fault) throw badRequest("go.micro.service", fault, { reason: "USAGE" });
  }
}

function fromArgv(argv: readonly string[]): Settings {
  const options = Object.fromEntries(
    names.map((name) => [
      name,
      { type: kinds[name] === "truth" ? "boolean" : "string", multiple: true } as const,
    ]),
  );
  const args = untilDashes(argv).map(ownSpelling);
  const { tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true });
  const found: Record<string, unknown> = {};
  for (const token of tokens) {
    if (token.kind !== "option" || !isName(token.name)) continue;
    const kind = kinds[token.name];
    const text = token.value ?? (kind === "truth" ? "true" : "");
    const isNext = token.inlineValue === false && isFlag(text);
    if (text === "" || isNext) throw missing(`--${token.name}`);
    found[token.name] = parse(`--${token.name}`, kind, text, found[token.name]);
  }
  return found;
}

/** `--server_name --registry mdns`: the next flag is no value. */
function isFlag(text: string): boolean {
  return /^--?[a-zA-Z]/.test(text);
}

function missing(flag: string): MicroError {
  return badRequest("go.micro.service", `${flag}: a value is missing`, { reason: "BAD_FLAG_VALUE" });
}

/** A service leaves alone what stands behind `--`, and flags that it does not know. */
function untilDashes(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return end < 0 ? argv : argv.slice(0, end);
}

/** `-registry`, `--registry-address`: the spellings of Go and of other tools, for flags that are ours. */
function ownSpelling(arg: string): string {
  const match = /^--?([a-z][a-z_-]*)(=.*)?$/s.exec(arg);
  const name = match?.[1]?.replaceAll("-", "_") ?? "";
  return match && isName(name) ? `--${name}${match[2] ?? ""}` : arg;
}

function fromEnv(env: NodeJS.ProcessEnv): Settings {
  const found: Record<string, unknown> = {};
  for (const name of names) {
    const variable = `MICRO_${name.toUpperCase()}`;
    const text = env[variable];
    if (text) found[name] = parse(variable, kinds[name], text);
  }
  return found;
}

function fromFile(folder: string | undefined, main: string | undefined, env: NodeJS.ProcessEnv): Settings {
  const found: Record<string, unknown> = {};
  if (folder === undefined) return found;
  const file = read(folder, main, env);
  for (const name of names) {
    const value = file[name === "plugin" ? "plugins" : name];
    if (value !== undefined && value !== null)
      found[name] = parse(`micro.json ${name}`, kinds[name], flat(value));
  }
  return found;
}

/** A service that left its file out would run in another way than it was told: it ends instead. */
function read(folder: string, main: string | undefined, env: NodeJS.ProcessEnv): Record<string, unknown> {
  const path = `${folder}/micro.json`;
  try {
    const value: unknown = JSON.parse(readSmallFile(path, { own: true }).toString());
    if (!holds(folder, main) && !isTrusted(folder, env))
      throw new Error(`not trusted: micro context trust ${shellQuote(folder)}`);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw badRequest(
      "go.micro.service",
      `read ${path}: ${error instanceof SyntaxError ? error.message : fileFault(error)}`,
      {
        reason: "BAD_CONFIG",
      },
    );
  }
}

/** True for a folder that the main script of this process lies in, directly or below. */
function holds(folder: string, main: string | undefined): boolean {
  if (main === undefined) return false;
  try {
    return !/^\.\.([/\\]|$)/.test(relative(realpathSync(folder), realpathSync(main)));
  } catch {
    return false;
  }
}

function flat(value: unknown): string {
  if (Array.isArray(value)) return value.join(",");
  if (typeof value !== "object") return String(value);
  return Object.entries(value as object)
    .map(([key, each]) => `${key}=${each}`)
    .join(",");
}

function parse(origin: string, kind: Kind, text: string, before?: unknown): unknown {
  switch (kind) {
    case "text":
      return text;
    case "address":
      return isAddress(text) ? text : wrong(origin, text, "host:port");
    case "place":
      return isAddress(text, 0) ? text : wrong(origin, text, "a host, or host:port");
    case "list":
      return [...((before as readonly string[]) ?? []), ...text.split(",").filter((part) => part !== "")];
    case "duration":
      return duration(origin, text);
    case "count":
      return /^\d{1,9}$/.test(text) ? Number(text) : wrong(origin, text, "a whole number");
    case "pairs":
      return { ...(before as object), ...pairs(origin, text) };
    case "truth":
      return truth(origin, text);
  }
}

function isAddress(text: string, defaultPort?: number): boolean {
  try {
    parseAddress(text, defaultPort);
    return true;
  } catch {
    return false;
  }
}

function duration(origin: string, text: string): number {
  let value: number;
  try {
    value = parseDuration(text);
  } catch {
    return wrong(origin, text, "a duration such as 500ms, 2s or 1m30s");
  }
  return value < 0 ? wrong(origin, text, "a duration of zero or more") : value;
}

function pairs(origin: string, text: string): Record<string, string> {
  const parts = text.split(",").filter((part) => part !== "");
  return Object.fromEntries(
    parts.map((part) => {
      const equals = part.indexOf("=");
      return equals > 0 ? [part.slice(0, equals), part.slice(equals + 1)] : wrong(origin, part, "key=value");
    }),
  );
}

function truth(origin: string, text: string): boolean {
  return parseTruth(text) ?? wrong(origin, text, "true or false");
}

function wrong(origin: string, text: string, wanted: string): never {
  throw badRequest("go.micro.service", `${origin} "${text}": not ${wanted}`, { reason: "BAD_FLAG_VALUE" });
}

const names = Object.keys(kinds).filter(isName);

function isName(name: string): name is Name {
  return Object.hasOwn(kinds, name);
}
