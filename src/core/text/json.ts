import { randomUUID } from "node:crypto";
import { badRequest, tooLarge } from "../errors.js";

/** Bounds on JSON from outside: nesting, and keys of one object. */
export interface JsonBounds {
  /** Default 64. */
  readonly depth?: number;
  /** Default 10,000. */
  readonly keys?: number;
}

/** No bounds: for JSON whose size is already limited, such as the reply of a node. */
export const anyShape: JsonBounds = { depth: Number.POSITIVE_INFINITY, keys: Number.POSITIVE_INFINITY };

const maxDepth = 64;
const maxKeys = 10_000;

/**
 * Marks an integer that a double cannot hold while it passes through `JSON`. Random, so that no input can contain it.
 * Made on first use, because the random number generator takes 2 ms to start.
 */
let made: string | undefined;

function mark(): string {
  made ??= `${randomUUID()}#`;
  return made;
}

const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** Matches only digits where a number may begin, because strings such as tags hold long runs of digits, too. */
const suspicious = /(?:^|[\s,:[])-?\d{16}|__proto__|\\u|"constructor"/;

let bigIntegers = 0;

/**
 * Number of integers that `parseJson` has read as `bigint` so far. Comparing it before and after tells for free whether
 * a value holds any.
 */
export function bigIntegersRead(): number {
  return bigIntegers;
}

/**
 * Parses untrusted JSON: integers beyond 2^53 become `bigint`, and keys that could reach a prototype are dropped.
 * @throws {MicroError} 400 if it does not parse, 413 beyond the bounds.
 */
export function parseJson(text: string, { depth = maxDepth, keys = maxKeys }: JsonBounds = {}): unknown {
  if (text.length > 2 * depth) checkBounds(text, depth, keys);
  try {
    if (!suspicious.test(text)) return JSON.parse(text);
    return JSON.parse(text.replace(stringOrNumber, markUnsafe), revive);
  } catch (error) {
    throw badRequest("go.micro.codec", `parse JSON: ${(error as Error).message.replaceAll(mark(), "")}`, {
      reason: "BAD_JSON",
      cause: error,
    });
  }
}

function markUnsafe(token: string): string {
  if (!/^-?[1-9]\d{15,}$/.test(token) || Number.isSafeInteger(Number(token))) return token;
  bigIntegers++;
  return `"${mark()}${token}"`;
}

function revive(key: string, value: unknown): unknown {
  if (key === "__proto__") return undefined;
  if (
    key === "constructor" &&
    typeof value === "object" &&
    value !== null &&
    Object.hasOwn(value, "prototype")
  )
    return undefined;
  if (typeof value === "string" && value.startsWith(mark())) return BigInt(value.slice(mark().length));
  return value;
}

/** Checks the bounds in one pass over the text, before anything is allocated. Cheap compared with parsing. */
function checkBounds(text: string, maxDepth: number, maxKeys: number): void {
  const keys: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 0x22) i = endOfString(text, i);
    else if (char === 0x7b || char === 0x5b) {
      if (keys.push(0) > maxDepth)
        throw tooLarge("go.micro.codec", `parse JSON: nested deeper than ${maxDepth}`);
    } else if (char === 0x7d || char === 0x5d) keys.pop();
    else if (char === 0x3a) keys.push(countKey(keys.pop() ?? 0, maxKeys));
  }
}

function countKey(keys: number, maxKeys: number): number {
  if (keys === maxKeys)
    throw tooLarge("go.micro.codec", `parse JSON: more than ${maxKeys} keys in one object`);
  return keys + 1;
}

function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text.charCodeAt(i) !== 0x22) i += text.charCodeAt(i) === 0x5c ? 2 : 1;
  return i;
}

/** A whole number that `stringifyJson` writes with an exponent: `parseJson` keeps digits beyond 2^53 exact, as a `bigint`. */
export class JsonFloat {
  readonly #value: number;

  constructor(value: number) {
    this.#value = value;
  }

  get text(): string {
    return this.#value.toExponential();
  }

  /** Makes `JSON.stringify` fail, as for any other `bigint`. */
  toJSON(): bigint {
    return BigInt(this.#value);
  }
}

/** Writes JSON; a `bigint` becomes a number, digit for digit. */
export function stringifyJson(value: unknown, indent?: number | string): string {
  try {
    const text = JSON.stringify(value, undefined, indent);
    return text ?? "null";
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const text = JSON.stringify(value, markNumber, indent);
    return text.replace(new RegExp(`"${mark()}([^"]+)"`, "g"), "$1");
  }
}

function markNumber(this: Readonly<Record<string, unknown>>, key: string, member: unknown): unknown {
  const given = this[key];
  if (given instanceof JsonFloat) return `${mark()}${given.text}`;
  return typeof member === "bigint" ? `${mark()}${member}` : member;
}

/**
 * Re-indents JSON text without changing it otherwise: no number is rounded, no key moves. An empty `indent` makes it
 * one line.
 */
export function reindentJson(text: string, indent: string): string {
  const colon = indent === "" ? ":" : ": ";
  const newLine = (depth: number) => (indent === "" ? "" : `\n${indent.repeat(depth)}`);
  let out = "";
  let depth = 0;
  let opened = false;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    const closes = token === "}" || token === "]";
    if (closes) depth--;
    if (opened !== closes && (opened || closes)) out += newLine(depth);
    out += token === ":" ? colon : token;
    opened = token === "{" || token === "[";
    if (opened) depth++;
    if (token === ",") out += newLine(depth);
  }
  return out;
}
