import { badRequest, MicroError } from "../core/errors.js";
import { parseJson } from "../core/text/json.js";
import { parseDuration } from "../core/time/duration.js";

/**
 * Reads the members of an object as Consul does: names match regardless of case and underscores, and null counts as
 * absent.
 */
export class Fields {
  readonly #members = new Map<string, unknown>();

  constructor(value: object) {
    for (const [name, member] of Object.entries(value))
      if (member !== null) this.#members.set(plain(name), member);
  }

  get empty(): boolean {
    return this.#members.size === 0;
  }

  value(name: string): unknown {
    return this.#members.get(plain(name));
  }

  text(name: string): string {
    return this.#typed(name, "string", "");
  }

  flag(name: string): boolean {
    return this.#typed(name, "boolean", false);
  }

  integer(name: string): number {
    const value = this.#typed(name, "number", 0);
    if (!Number.isSafeInteger(value)) throw undecodable(name, value, "int");
    return value;
  }

  texts(name: string): readonly string[] {
    const value = this.list(name);
    for (const item of value) if (typeof item !== "string") throw undecodable(name, item, "string");
    return value as readonly string[];
  }

  list(name: string): readonly unknown[] {
    const value = this.value(name) ?? [];
    if (!Array.isArray(value)) throw undecodable(name, value, "list");
    return value;
  }

  object(name: string): object | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (typeof value !== "object" || Array.isArray(value)) throw undecodable(name, value, "object");
    return value as object;
  }

  textMap(name: string): Readonly<Record<string, string>> {
    const map = this.object(name) ?? {};
    for (const value of Object.values(map))
      if (typeof value !== "string") throw undecodable(name, value, "string");
    return map as Readonly<Record<string, string>>;
  }

  /** Returns milliseconds, from a Go duration or a number of nanoseconds. */
  duration(name: string): number {
    const value = this.value(name) ?? 0;
    if (typeof value === "number") return value / 1e6;
    if (typeof value !== "string") throw undecodable(name, value, "duration");
    return goDuration(value);
  }

  #typed<T extends string | number | boolean>(name: string, type: string, absent: T): T {
    const value = this.value(name);
    if (value === undefined) return absent;
    if (typeof value !== type) throw undecodable(name, value, type === "number" ? "int" : type);
    return value as T;
  }
}

/** Parses the JSON object of a request. @throws {MicroError} 400 with Consul's text. */
export function readFields(text: string): Fields {
  if (text.trim() === "") throw decodeFailed("EOF");
  const value = parsed(text);
  if (value !== null && (typeof value !== "object" || Array.isArray(value)))
    throw decodeFailed(`json: cannot unmarshal ${kind(value)} into Go value`);
  return new Fields(value ?? {});
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw decodeFailed(MicroError.from(error, "go.micro.agent").detail.replace(/^parse JSON: /, ""));
  }
}

function goDuration(text: string): number {
  const unitless = /^[+-]?\d+$/.test(text) && Number(text) !== 0;
  if (unitless) throw decodeFailed(`time: missing unit in duration "${text}"`);
  try {
    return parseDuration(text);
  } catch {
    throw decodeFailed(`time: invalid duration "${text}"`);
  }
}

/** Returns the milliseconds in a `?wait=`. Undefined if it is not a duration. */
export function queryDuration(text: string): number | undefined {
  try {
    return goDuration(text);
  } catch {
    return undefined;
  }
}

function undecodable(name: string, value: unknown, wanted: string): MicroError {
  return decodeFailed(
    `json: cannot unmarshal ${kind(value)} into Go struct field .${name} of type ${wanted}`,
  );
}

function decodeFailed(detail: string): MicroError {
  return badRequest("go.micro.agent", `Request decode failed: ${detail}`);
}

function kind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll("_", "");
}
