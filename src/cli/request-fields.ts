import { parseJson, stringifyJson } from "../core/json.js";
import type { Value } from "../core/service.js";
import { parseTruth } from "./argv.js";
import { CliError } from "./errors.js";
import { nearest } from "./nearest.js";
import { badJson } from "./request-source.js";
import { snakeCase } from "./service-text.js";

/** Fields that were given one by one: `a.b=v`, or `a.b:=JSON`. */
export interface FieldFlags {
  readonly field?: readonly string[];
  /** From `--name v`: only right when the endpoint has the field. */
  readonly loose_field?: readonly string[];
}

/** Sets the fields in the body. `type` is the request type of the endpoint, when known. @throws {CliError} */
export function withFields(body: string, fields: FieldFlags, type: Value | null): string {
  const given = [
    ...(fields.loose_field ?? []).map((field) => checkKnown(field, type)),
    ...(fields.field ?? []),
  ];
  if (given.length === 0) return body;
  const request = parseJson(body) as Record<string, unknown>;
  for (const field of given) setField(request, field, type);
  return stringifyJson(request);
}

function checkKnown(field: string, type: Value | null): string {
  const name = field.slice(0, field.indexOf("="));
  const names = (type?.values ?? []).map((value) => snakeCase(value.name));
  if (names.includes(snakeCase(name))) return field;
  const [close] = nearest(name, names, 1);
  const fields = names.length === 0 ? "the endpoint lists no fields" : `fields: ${names.join(", ")}`;
  throw new CliError("UNKNOWN_FLAG", `unknown flag --${name} (${fields})`, {
    hint: close ? `did you mean --${close}?` : "--field NAME=VALUE sets any field",
    candidates: names,
  });
}

function setField(request: Record<string, unknown>, field: string, type: Value | null): void {
  const match = /^([^=:]+)(:?=)(.*)$/s.exec(field);
  if (!match) throw new CliError("BAD_FLAG_VALUE", `flag --field "${field}": not name=value`);
  const [, path = "", sign, text = ""] = match;
  const steps = path.split(".");
  const found = find(type, steps);
  const value = sign === ":=" ? raw(text) : typed(text, found.value, path);
  let target = request;
  for (const step of found.names.slice(0, -1)) target = member(target, step);
  define(target, found.names.at(-1) ?? path, value);
}

/** Unlike an assignment it takes `__proto__` for a name like any other. */
function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
}

function member(target: Record<string, unknown>, step: string): Record<string, unknown> {
  const present = Object.hasOwn(target, step) ? target[step] : undefined;
  if (typeof present === "object" && present !== null && !Array.isArray(present))
    return present as Record<string, unknown>;
  const made: Record<string, unknown> = {};
  define(target, step, made);
  return made;
}

/** Go names of old endpoints go out in snake case. */
function find(type: Value | null, steps: readonly string[]): { names: string[]; value: Value | undefined } {
  let value: Value | undefined = type ?? undefined;
  const names = steps.map((step) => {
    value = value?.values.find(({ name }) => name === step || snakeCase(name) === snakeCase(step));
    return value ? snakeCase(value.name) : step;
  });
  return { names, value };
}

function raw(text: string): unknown {
  try {
    JSON.parse(text);
  } catch (error) {
    throw badJson(text, error as Error);
  }
  return parseJson(text);
}

/** Reads text as the type says; without a type it is text. @throws {CliError} SCHEMA_MISMATCH */
export function typed(text: string, value: Value | undefined, name: string): unknown {
  const type = value?.type ?? "string";
  if (type === "bool") return parseTruth(text) ?? mismatch(name, text, "true or false");
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
