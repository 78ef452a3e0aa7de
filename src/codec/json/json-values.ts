import { internal, type MicroError } from "../../core/errors.js";
import { asBuffer } from "../../core/text/as-buffer.js";
import { JsonFloat, stringifyJson } from "../../core/text/json.js";

/**
 * Matches what `JSON.stringify` writes for a Map, bytes and NaN. Plain values may match too, so the value is then
 * checked.
 */
const doubtful = /\{(?:\}|"0":|"type":"Buffer")|null/;

/**
 * Encodes a value as JSON in Go's form: bytes as base64, a `Map` as object, a `Set` as array, a `bigint` as number. For
 * most values, one regular expression on the result is enough; only on a match is the value itself walked.
 * @throws {MicroError} 500 that names the member JSON cannot hold.
 */
export function valueText(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return stringifyJson(new Conversion().of(value, "", ""));
  }
  if (text !== undefined && (!doubtful.test(text) || isPlain(value, maxPlain))) return text;
  return value === undefined ? "null" : stringifyJson(new Conversion().of(value, "", ""));
}

const maxPlain = 64;

/** True if `JSON.stringify` writes the value in that form already. */
function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || depth === 0) return false;
  if (Array.isArray(value)) {
    for (const element of value) if (element !== undefined && !isPlain(element, depth - 1)) return false;
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if ((prototype !== Object.prototype && prototype !== null) || "toJSON" in value) return false;
  for (const name in value) {
    const member: unknown = value[name as keyof typeof value];
    if (!isPlain(member, depth - 1) && !isLeftOut(member)) return false;
  }
  return true;
}

/** True for values of members that JSON leaves out. */
function isLeftOut(value: unknown): boolean {
  return value === undefined || typeof value === "function" || typeof value === "symbol";
}

/** Converts a value so that `JSON.stringify` writes it in Go's form. */
class Conversion {
  /** The objects that contain the current one, to detect cycles. */
  readonly #ancestors = new Set<object>();

  of(value: unknown, path: string, key: string): unknown {
    if (typeof value === "number" && !Number.isFinite(value)) throw unwritable(path, `${value}`);
    if (typeof value === "function" || typeof value === "symbol") throw unwritable(path, `a ${typeof value}`);
    if (typeof value !== "object" || value === null) return value ?? null;
    if (this.#ancestors.has(value)) throw unwritable(path, "an object that contains itself");
    this.#ancestors.add(value);
    const converted = this.#object(value, path, key);
    this.#ancestors.delete(value);
    return converted;
  }

  #object(value: object, path: string, key: string): unknown {
    if (value instanceof JsonFloat) return value;
    if (value instanceof Uint8Array || value instanceof Uint8ClampedArray || value instanceof DataView)
      return asBuffer(value).toString("base64");
    if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
      return Buffer.from(value).toString("base64");
    if (value instanceof Date && Number.isNaN(value.getTime())) throw unwritable(path, "an invalid Date");
    if ("toJSON" in value && typeof value.toJSON === "function") return this.of(value.toJSON(key), path, key);
    if (Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof Set)
      return Array.from(value as Iterable<unknown>, (element, i) =>
        this.of(element, `${path}[${i}]`, `${i}`),
      );
    if (value instanceof Map) return this.#map(value, path);
    if (isBoxed(value)) return this.of(value.valueOf(), path, key);
    const entries = Object.entries(value).filter(([, member]) => !isLeftOut(member));
    if (entries.length === 0 && hasNoForm(value)) throw unwritable(path, `of type ${value.constructor.name}`);
    return Object.fromEntries(
      entries.map(([name, member]) => [name, this.of(member, below(path, name), name)]),
    );
  }

  /** Converts a Map. Keys must be strings or integers, as in Go's JSON. */
  #map(map: ReadonlyMap<unknown, unknown>, path: string): unknown {
    const members = new Map<string, unknown>();
    for (const [key, member] of map) {
      if (typeof key !== "string" && typeof key !== "bigint" && !Number.isSafeInteger(key))
        throw unwritable(path, "a Map with a key that is neither a string nor an integer");
      const name = String(key);
      if (members.has(name)) throw unwritable(path, `a Map with two keys that read "${name}"`);
      if (!isLeftOut(member)) members.set(name, this.of(member, below(path, name), name));
    }
    return Object.fromEntries(members);
  }
}

function isBoxed(value: object): boolean {
  return [Number, String, Boolean, BigInt].some((type) => value instanceof type);
}

/** True for objects whose content is not in their members. A Promise is a sign of a forgotten `await`. */
function hasNoForm(value: object): boolean {
  return [Promise, Error, RegExp, WeakMap, WeakSet].some((type) => value instanceof type);
}

function below(path: string, name: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === "" ? name : `${path}.${name}`;
}

function unwritable(path: string, what: string): MicroError {
  return internal("go.micro.codec", `write JSON: ${path === "" ? "the value" : path} is ${what}`);
}
