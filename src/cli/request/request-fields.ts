import type { Value } from "../../core/service.js";
import { parseBoolean } from "../../core/text/boolean.js";
import { parseJson, stringifyJson } from "../../core/text/json.js";
import { shellQuote } from "../../core/text/shell-quote.js";
import { suggest } from "../../core/text/suggest.js";
import { CliError } from "../errors.js";
import { globalFlags } from "../flags/global-flags.js";
import { checkJson } from "./request-source.js";

/** Fields given one by one: `a.b=v`, or `a.b:=JSON`. */
export interface FieldFlags {
  readonly field?: readonly string[];
  /** From `--name v`. Only allowed if the endpoint has the field. */
  readonly loose_field?: readonly string[];
}

/** Sets fields in the body. `type` is the request type of the endpoint, if known. @throws {CliError} */
export function withFields(body: string, fields: FieldFlags, type: Value | null): string {
  const given = [
    ...(fields.loose_field ?? []).map((field) => checkKnown(field, type)),
    ...(fields.field ?? []),
  ];
  if (given.length === 0) return body;
  const request = parseJson(body);
  if (typeof request !== "object" || request === null || Array.isArray(request))
    throw new CliError("BAD_JSON", "the request is not a JSON object: it has no fields to set");
  for (const field of given) setField(request as Record<string, unknown>, field, type);
  return stringifyJson(request);
}

/** Returns an error for the first field given as `--name v` that looks like a misspelt flag. */
export function misspeltFlag({ loose_field = [] }: FieldFlags): CliError | undefined {
  const names = loose_field.map((field) => field.slice(0, field.indexOf("=")));
  for (const name of names) {
    const [flag] = nearFlags(name);
    if (flag)
      return new CliError("UNKNOWN_FLAG", `unknown flag --${name}`, { hint: `did you mean --${flag}?` });
  }
  return undefined;
}

/** Short names are similar to many flags, and usually fields. */
function nearFlags(name: string): string[] {
  const typed = name.replaceAll("-", "_");
  return typed.length < 5 ? [] : suggest(typed, Object.keys(globalFlags), 1);
}

function checkKnown(field: string, type: Value | null): string {
  const name = field.slice(0, field.indexOf("="));
  if (resolve(name, type).value) return field;
  const names = (type?.values ?? []).map((value) => value.name);
  const [close] = [...suggest(name, names, 1), ...nearFlags(name)];
  const fields = names.length === 0 ? "the endpoint lists no fields" : `fields: ${names.join(", ")}`;
  throw new CliError("UNKNOWN_FLAG", `unknown flag --${name} (${fields})`, {
    hint: close ? `did you mean ${shellQuote(`--${close}`)}?` : "--field NAME=VALUE sets any field",
    candidates: names,
  });
}

function setField(request: Record<string, unknown>, field: string, type: Value | null): void {
  const match = /^(.+?)(:?=)(.*)$/s.exec(field);
  if (!match) throw new CliError("BAD_FLAG_VALUE", `flag --field "${field}": not name=value`);
  const [, path = "", sign, text = ""] = match;
  const found = resolve(path, type);
  const value = sign === ":=" ? raw(text) : typed(text, found.value, path);
  let target = request;
  for (const step of found.names.slice(0, -1)) target = member(target, step, path);
  define(target, found.names.at(-1) ?? path, value);
}

/** Sets a member. Unlike an assignment, it treats `__proto__` like any other name. */
export function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
}

function member(target: Record<string, unknown>, step: string, path: string): Record<string, unknown> {
  const present = Object.hasOwn(target, step) ? target[step] : undefined;
  if (Array.isArray(present))
    throw new CliError("SCHEMA_MISMATCH", `field ${path}: "${step}" is a list; set it whole: ${step}:=JSON`);
  if (typeof present === "object" && present !== null) return present as Record<string, unknown>;
  const made: Record<string, unknown> = {};
  define(target, step, made);
  return made;
}

interface Resolved {
  /** The path in the request. */
  readonly names: readonly string[];
  /** The type of the field, if the endpoint lists it. */
  readonly value: Value | undefined;
}

/** Finds the field of a path `a.b`. A name that the endpoint lists may itself contain dots. */
function resolve(path: string, type: Value | null): Resolved {
  const fields = type?.values ?? [];
  const exact = fields.find(({ name }) => name === path);
  if (exact) return { names: [exact.name], value: exact };
  const outer = fields.find(({ name }) => path.startsWith(`${name}.`));
  if (outer) return below(outer.name, path.slice(outer.name.length + 1), outer);
  const [first = "", ...rest] = path.split(".");
  const close = closest(first, fields);
  const name = close?.name ?? first;
  if (rest.length === 0) return { names: [name], value: close };
  return below(name, rest.join("."), close ?? null);
}

function below(name: string, path: string, type: Value | null): Resolved {
  const { names, value } = resolve(path, type);
  return { names: [name, ...names], value };
}

/** Returns the only field that differs from the typed name just in case, dashes and underscores. */
function closest(typed: string, fields: readonly Value[]): Value | undefined {
  const folded = (name: string) => name.replaceAll(/[_-]/g, "").toLowerCase();
  const found = fields.filter(({ name }) => folded(name) === folded(typed));
  return found.length === 1 ? found[0] : undefined;
}

function raw(text: string): unknown {
  checkJson(text);
  return parseJson(text);
}

/** Converts text by its type. Without a type, it stays text. @throws {CliError} SCHEMA_MISMATCH */
export function typed(text: string, value: Value | undefined, name: string): unknown {
  const type = value?.type ?? "string";
  if (type === "bool") return parseBoolean(text) ?? mismatch(name, text, "true or false");
  if (/^u?int\d*$/.test(type))
    return /^-?\d+$/.test(text) ? parseJson(text) : mismatch(name, text, "a whole number");
  if (/^float\d*$/.test(type))
    return Number.isFinite(Number(text)) && text !== "" ? Number(text) : mismatch(name, text, "a number");
  if (type.startsWith("[]") || (value?.values.length ?? 0) > 0) return raw(text);
  return text;
}

function mismatch(name: string, text: string, wanted: string): never {
  throw new CliError("SCHEMA_MISMATCH", `field ${name} "${text}": not ${wanted}`);
}
