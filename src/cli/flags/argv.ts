import { parseBoolean } from "../../core/text/boolean.js";
import { suggest } from "../../core/text/suggest.js";
import { CliError, usage } from "../errors.js";

/** What parsing a command line needs to know about a flag. Names are as declared, with underscores. */
export interface FlagShape {
  readonly takesValue: boolean;
  readonly list: boolean;
  readonly char?: string;
}

export type FlagShapes = ReadonlyMap<string, FlagShape>;

/** One flag as typed. The value of a boolean is `true` or `false`. */
export interface TypedFlag {
  readonly name: string;
  readonly value: string;
}

/** A parsed command line. */
export interface Typed {
  readonly flags: TypedFlag[];
  /** Words that are not flags, in order. Everything after `--` is one, unchanged. */
  readonly words: string[];
}

/** Where to stop parsing, and how to handle unknown flags. */
export interface ArgvOptions {
  /** Stops before the first word. */
  readonly stopAtWord?: boolean;
  /** Handles an unknown flag: returns the name to record it under, or undefined to report an error. */
  readonly unknown?: (name: string, words: readonly string[]) => string | undefined;
}

/** Parses flags in all their spellings. @throws {CliError} for an unknown flag or a missing value. */
export class TokenReader {
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  /** The tokens that have not been parsed yet. */
  get left(): readonly string[] {
    return this.#tokens.slice(this.#next);
  }

  read(shapes: FlagShapes, options: ArgvOptions = {}): Typed {
    const typed: Typed = { flags: [], words: [] };
    for (let token = this.#tokens[this.#next]; token !== undefined; token = this.#tokens[this.#next]) {
      if (token === "--" && !options.stopAtWord) {
        typed.words.push(...this.#tokens.slice(this.#next + 1));
        this.#next = this.#tokens.length;
        break;
      }
      if (!looksLikeFlag(token)) {
        if (options.stopAtWord) break;
        typed.words.push(token);
        this.#next++;
        continue;
      }
      this.#next++;
      typed.flags.push(this.#flag(token, shapes, typed.words, options));
    }
    return typed;
  }

  #flag(token: string, shapes: FlagShapes, words: readonly string[], options: ArgvOptions): TypedFlag {
    const { typed, body, value } = split(token);
    const short = /^-[A-Za-z]$/.test(token.slice(0, 2)) && !token.startsWith("--");
    const known = findLong(body, shapes) ?? (short ? findShort(token, shapes) : undefined);
    if (known === undefined) {
      const taken = options.unknown?.(body, words);
      if (taken === undefined) throw unknownFlag(token, body, shapes);
      return { name: taken, value: `${typed}=${value ?? this.#value(token)}` };
    }
    if (!known.shape.takesValue) return { name: known.name, value: truth(token, known, value) };
    return { name: known.name, value: known.value ?? value ?? this.#value(token) };
  }

  #value(token: string): string {
    const value = this.#tokens[this.#next];
    if (value === undefined || value === "--") throw usage(`flag ${token} needs a value`);
    this.#next++;
    return value;
  }
}

interface Found {
  readonly name: string;
  readonly shape: FlagShape;
  readonly negated?: boolean;
  /** Attached to a short flag, as in `-fPATH`. */
  readonly value?: string;
}

/** True for a flag. `-` alone is standard input; `-5` and `-{` are words. @throws {CliError} for a typographic dash. */
function looksLikeFlag(token: string): boolean {
  if (/^[–—]/.test(token))
    throw usage(
      `"${token}" begins with a typographic dash`,
      `type two hyphens: --${token.replace(/^[–—-]+/, "")}`,
    );
  return /^(-[A-Za-z]|--[\p{L}_])/u.test(token);
}

/** Splits a token. `typed` is the name as typed, `body` the name as declared. */
function split(token: string): { typed: string; body: string; value: string | undefined } {
  const equals = token.indexOf("=");
  const head = equals === -1 ? token : token.slice(0, equals);
  const typed = head.replace(/^--?/, "");
  return {
    typed,
    body: typed.replaceAll("-", "_"),
    value: equals === -1 ? undefined : token.slice(equals + 1),
  };
}

function findLong(body: string, shapes: FlagShapes): Found | undefined {
  if (body.length === 1) return undefined;
  const shape = shapes.get(body);
  if (shape) return { name: body, shape };
  const positive = body.startsWith("no_") ? shapes.get(body.slice(3)) : undefined;
  return positive && !positive.takesValue
    ? { name: body.slice(3), shape: positive, negated: true }
    : undefined;
}

function findShort(token: string, shapes: FlagShapes): Found | undefined {
  for (const [name, shape] of shapes) {
    if (shape.char !== token[1]) continue;
    const attached = token.slice(2);
    if (attached === "") return { name, shape };
    return shape.takesValue ? { name, shape, value: attached } : undefined;
  }
  return undefined;
}

function truth(token: string, { negated }: Found, value: string | undefined): string {
  if (value === undefined) return negated ? "false" : "true";
  const truth = parseBoolean(value);
  if (truth === undefined || negated)
    throw new CliError("BAD_FLAG_VALUE", `flag ${token}: it is true or false, nothing else`);
  return String(truth);
}

function unknownFlag(token: string, body: string, shapes: FlagShapes): CliError {
  const [name] = suggest(body, shapes.keys(), 1);
  const hint = name === undefined ? "micro --help" : `did you mean --${name}?`;
  return new CliError("UNKNOWN_FLAG", `unknown flag ${token.replace(/=.*$/s, "")}`, { hint });
}
