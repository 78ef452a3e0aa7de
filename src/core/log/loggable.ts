import { types } from "node:util";
import { isSecret } from "../metadata.js";

/** Bounds of one log line, because a thrown value and its members can be of any size. */
const limits = { depth: 7, members: 100, values: 2000, text: 16_384, allText: 131_072 };

const secretMember =
  /^(?:(?:proxy-)?authorization|(?:set-)?cookies?)$|(?:token|secret|password|api[-_]?key)s?$/i;
/**
 * Matches credentials in text: members of JSON (also JSON inside a JSON string), header lines, `Bearer` tokens, query
 * parameters, and the password of a URL.
 */
const secretText = new RegExp(
  [
    /(?<member>(?<quote>\\{0,7}["'])(?:[a-z_-]{0,40}(?:token|secret|password|api[-_]?key)s?|(?:proxy-)?authorization|(?:set-)?cookies?)\k<quote>\s{0,9}:\s{0,9})(?:(?<open>\\{0,7}["'])(?:(?!(?<!\\)\k<open>)[\s\S])*|[^\s,"'[\]{}]+)/,
    /\b(?<header>(?:(?:proxy-)?authorization|(?:set-)?cookie|x-[a-z-]{0,40}(?:token|api-?key))["']?\s{0,9}[:=])[^\r\n]+/,
    /\b(?<scheme>bearer) +[\w.~+/=-]+/,
    /\b(?<parameter>[a-z_-]{0,40}(?:token|secret|password|api[-_]?key))=[^\s&"']+/,
    /(?<url>:\/\/[^\s/@:]{0,100}:)[^\s/@]+@/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "gi",
);

/** Caches whether a name is that of a secret: most lines have the same members. */
const names = new Map<string, boolean>();

/**
 * Returns a copy of the fields of a log line that is safe to write: bounded, without credentials, and tolerant of
 * thrown values that are frozen, circular, a Proxy, or throw when read.
 */
export function loggable(fields: object): Record<string, unknown> {
  return new Copy().members(fields, 0);
}

class Copy {
  readonly #above = new Set<object>();
  #left = limits.values;
  #room = limits.allText;

  members(from: object, depth: number): Record<string, unknown> {
    const copy: Record<string, unknown> = Object.create(null);
    for (const name of Object.keys(from).slice(0, limits.members))
      copy[name] = hidden(name) ? "***" : this.#value(read(from, name), depth);
    return copy;
  }

  #value(value: unknown, depth: number): unknown {
    if (typeof value === "string") return this.#text(value);
    if (typeof value === "function" || typeof value === "symbol") return `[${typeof value}]`;
    if (typeof value !== "object" || value === null) return value;
    if (this.#above.has(value)) return "[circular]";
    if (depth >= limits.depth || --this.#left < 0) return "[cut]";
    this.#above.add(value);
    try {
      return this.#object(value, depth + 1);
    } catch {
      return unreadable;
    } finally {
      this.#above.delete(value);
    }
  }

  #text(text: string): string {
    const most = Math.min(limits.text, this.#room);
    const cut = text.length > most ? `${text.slice(0, most)}…` : text;
    this.#room = Math.max(0, this.#room - text.length);
    return masked(cut);
  }

  #object(value: object, depth: number): unknown {
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (Array.isArray(value)) return this.#elements(value, depth);
    if (isError(value)) return this.#error(value, depth);
    const toJson = read(value, "toJSON");
    if (typeof toJson === "function") return this.#value(toJson.call(value), depth);
    return this.members(value, depth);
  }

  /**
   * Masks an element that follows the name of a secret: Node's raw headers are lists of alternating names and values.
   */
  #elements(list: readonly unknown[], depth: number): unknown[] {
    return list
      .slice(0, limits.members)
      .map((element, at) =>
        typeof element === "string" && hidden(list[at - 1]) ? "***" : this.#value(element, depth),
      );
  }

  /** Joins message and stack with those of the causes, as pino does, and adds the error's own members. */
  #error(error: object, depth: number): unknown {
    const causes = chain(error);
    const joined = (name: string, by: string) =>
      this.#text(
        causes.map((cause) => (typeof cause === "string" ? cause : String(read(cause, name) ?? ""))).join(by),
      );
    const aggregated = read(error, "errors");
    return {
      type: this.#text(String(read(Object(read(error, "constructor")), "name") ?? "Error")),
      message: joined("message", ": "),
      stack: joined("stack", "\ncaused by: "),
      ...(Array.isArray(aggregated) && { aggregateErrors: this.#value(aggregated, depth) }),
      ...this.#own(error, depth),
    };
  }

  #own(error: object, depth: number): Record<string, unknown> {
    const { message: _, stack: __, cause: ___, errors: ____, ...own } = this.members(error, depth);
    return own;
  }
}

/** Returns an error and its causes, outermost first. */
function chain(error: object): readonly (object | string)[] {
  const causes: (object | string)[] = [];
  for (let next: unknown = error; typeof next === "object" && next !== null; next = read(next, "cause")) {
    if (causes.includes(next) || causes.length >= limits.depth) return [...causes, "..."];
    if (!isError(next)) break;
    causes.push(next);
  }
  return causes;
}

function isError(value: object): boolean {
  if (types.isNativeError(value)) return true;
  return typeof read(value, "message") === "string" && typeof read(value, "stack") === "string";
}

const unreadable = "[unreadable]";

function read(from: object, name: string): unknown {
  try {
    return (from as Record<string, unknown>)[name];
  } catch {
    return unreadable;
  }
}

function hidden(name: unknown): boolean {
  if (typeof name !== "string") return false;
  const known = names.get(name);
  if (known !== undefined) return known;
  const secret = secretMember.test(name) || isSecret(name);
  if (names.size < 1000 && name.length < 100) names.set(name, secret);
  return secret;
}

function masked(text: string): string {
  if (!/[:= ]/.test(text)) return text;
  return text.replace(secretText, (...found) => {
    const { member, open = "", header, scheme, parameter, url } = found.at(-1) as Record<string, string>;
    if (member) return `${member}${open}***`;
    if (header) return `${header} ***`;
    if (scheme) return `${scheme} ***`;
    return parameter ? `${parameter}=***` : `${url}***@`;
  });
}
