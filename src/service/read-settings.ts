import { realpathSync } from "node:fs";
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { badRequest, type MicroError } from "../core/errors.js";
import { readJsonObject } from "../core/files/json-object.js";
import { isTrusted } from "../core/files/user-folder.js";
import { isUnset, textsOf, valueIn } from "../core/settings/file-values.js";
import { ineffectiveAddress } from "../core/settings/part-address.js";
import {
  isServiceSetting,
  type ServiceSettingName,
  type Setting,
  serviceSettings,
  settings,
} from "../core/settings/settings.js";
import { readTexts, type Values, wanted } from "../core/settings/values.js";
import { shellQuote } from "../core/text/shell-quote.js";

/** The settings that were given, by flag name. Durations are in milliseconds. */
export type Settings = {
  readonly [Name in ServiceSettingName]?: Values[(typeof settings)[Name]["kind"]];
};

/** Where settings come from, strongest first: the command line, the environment, the code, the project's `micro.json`. */
export interface Sources {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly code: Settings;
  /** Folder of `micro.json`. Undefined: none is read. */
  readonly folder?: string;
  /** The main script. A folder that contains it, at any depth, is trusted. Default: that of the process. */
  readonly main?: string;
}

/** Reads and merges all sources. @throws {MicroError} 400 that names the flag, variable or file. */
export function readSettings({ argv, env, code, folder, main = process.argv[1] }: Sources): Settings {
  const typed = fromArgv(argv);
  const given = { ...fromFile(folder, main, env), ...code, ...fromEnv(env), ...typed };
  checkAddresses(typed, given);
  return given;
}

/** Refuses an address flag for a part that takes none, such as `memory`: it would be ignored. */
function checkAddresses(typed: Settings, given: Settings): void {
  for (const part of ["registry", "broker", "transport"] as const) {
    const fault = typed[`${part}_address`] && ineffectiveAddress(part, given[part]);
    if (fault) throw badRequest("go.micro.service", fault, { reason: "USAGE" });
  }
}

function fromArgv(argv: readonly string[]): Settings {
  const options = Object.fromEntries(
    serviceSettings.map((name) => [
      name,
      { type: settings[name].kind === "boolean" ? "boolean" : "string", multiple: true } as const,
    ]),
  );
  const args = untilDashes(argv).map(normalised);
  const { tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true });
  const texts = new Map<ServiceSettingName, string[]>();
  for (const token of tokens) {
    if (token.kind !== "option" || !isServiceSetting(token.name)) continue;
    const text = token.value ?? (settings[token.name].kind === "boolean" ? "true" : "");
    const isNext = token.inlineValue === false && isFlag(text);
    if (text === "" || isNext) throw missing(`--${token.name}`);
    texts.set(token.name, [...(texts.get(token.name) ?? []), text]);
  }
  return Object.fromEntries([...texts].map(([name, all]) => [name, read(`--${name}`, name, all)]));
}

/** True for a flag. In `--server_name --registry mdns`, `--registry` is not the value of `--server_name`. */
function isFlag(text: string): boolean {
  return /^--?[a-zA-Z]/.test(text);
}

function missing(flag: string): MicroError {
  return badRequest("go.micro.service", `${flag}: a value is missing`, { reason: "BAD_FLAG_VALUE" });
}

/** The arguments before `--`: those after it belong to the application. */
function untilDashes(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return end < 0 ? argv : argv.slice(0, end);
}

/** Normalises other spellings of the toolkit's flags: `-registry` as in Go, `--registry-address` as in other tools. */
function normalised(arg: string): string {
  const match = /^--?([a-z][a-z_-]*)(=.*)?$/s.exec(arg);
  const name = match?.[1]?.replaceAll("-", "_") ?? "";
  return match && isServiceSetting(name) ? `--${name}${match[2] ?? ""}` : arg;
}

function fromEnv(env: NodeJS.ProcessEnv): Settings {
  return fromSource((name) => env[variable(name)], variable);
}

function variable(name: string): string {
  return `MICRO_${name.toUpperCase()}`;
}

function fromFile(folder: string | undefined, main: string | undefined, env: NodeJS.ProcessEnv): Settings {
  if (folder === undefined) return {};
  const values = readProjectFile(folder, main, env);
  return fromSource(
    (name) => valueIn(values, name),
    (name) => `micro.json ${name}`,
  );
}

function fromSource(
  get: (name: ServiceSettingName) => unknown,
  originOf: (name: string) => string,
): Settings {
  const given = serviceSettings.filter((name) => !isUnset(get(name)));
  return Object.fromEntries(
    given.map((name) => {
      const texts = textsIn(originOf(name), name, get(name));
      return [name, read(originOf(name), name, texts)];
    }),
  );
}

function textsIn(origin: string, name: ServiceSettingName, value: unknown): readonly string[] {
  try {
    return textsOf(name, value, /^(list|pairs)$/.test(settings[name].kind));
  } catch (error) {
    throw misconfigured(`${origin}: ${(error as Error).message}`);
  }
}

/** Throws for an unreadable or untrusted file: a service must not start without settings that it was given. */
function readProjectFile(
  folder: string,
  main: string | undefined,
  env: NodeJS.ProcessEnv,
): Record<string, unknown> {
  const path = `${folder}/micro.json`;
  let values: Record<string, unknown> | undefined;
  try {
    values = readJsonObject(path);
  } catch (error) {
    throw misconfigured((error as Error).message);
  }
  if (values !== undefined && !holds(folder, main) && !isTrusted(folder, env))
    throw misconfigured(`${path} is not trusted: micro context trust ${shellQuote(folder)}`);
  return values ?? {};
}

/** True if the folder contains the main script, at any depth. */
function holds(folder: string, main: string | undefined): boolean {
  if (main === undefined) return false;
  try {
    return !/^\.\.([/\\]|$)/.test(relative(realpathSync(folder), realpathSync(main)));
  } catch {
    return false;
  }
}

function read(origin: string, name: ServiceSettingName, texts: readonly string[]): unknown {
  const setting: Setting = settings[name];
  const value = readTexts(setting, texts);
  if (value !== undefined) return value;
  throw badRequest("go.micro.service", `${origin} "${texts.join()}": not ${wanted(setting)}`, {
    reason: "BAD_FLAG_VALUE",
  });
}

function misconfigured(detail: string): MicroError {
  return badRequest("go.micro.service", detail, { reason: "BAD_CONFIG" });
}
