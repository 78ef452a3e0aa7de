import { badRequest, type MicroError, tooLarge } from "../../core/errors.js";
import { asBuffer } from "../../core/text/as-buffer.js";

/** Deepest nesting of untrusted JSON. */
const maxDepth = 64;
const maxMembers = 100;

const quote = 0x22;
const backslash = 0x5c;
/** The meaning of each byte outside of strings. A single lookup per byte makes the scan cheap. */
const kinds = new Uint8Array(256);
const space = 1;
const opening = 2;
const closing = 3;
const separator = 4;
for (const [kind, chars] of [
  [space, " \t\n\r"],
  [opening, "{["],
  [closing, "}]"],
  [separator, ",:"],
] as const)
  for (const char of chars) kinds[char.charCodeAt(0)] = kind;

/**
 * Returns the members of a JSON object by name, each as its original bytes: no number is rounded, nothing is formatted
 * again. Names are lower-cased, because Go ignores their case. Of duplicates, the last one wins.
 * @throws {MicroError} 400 if it is not an object. 413 if it is nested deeper than `depth`, by default 64.
 */
export function jsonMembers(bytes: Uint8Array, depth = maxDepth): Map<string, Uint8Array> {
  const scanner = new Scanner(bytes, depth);
  const members = new Map<string, Uint8Array>();
  scanner.expect("{");
  if (scanner.accept("}")) return scanner.end(members);
  do {
    const name = scanner.string();
    scanner.expect(":");
    members.set(name.toLowerCase(), scanner.value());
    if (members.size > maxMembers)
      throw tooLarge("go.micro.codec", "parse JSON: too many members in an envelope");
  } while (scanner.accept(","));
  scanner.expect("}");
  return scanner.end(members);
}

/**
 * Returns the first element of a JSON array as its original bytes. Undefined for an empty array.
 * @throws {MicroError} 400 if it is not an array.
 */
export function firstElement(bytes: Uint8Array): Uint8Array | undefined {
  const scanner = new Scanner(bytes, maxDepth);
  scanner.expect("[");
  if (scanner.accept("]")) return scanner.end(undefined);
  const first = scanner.value();
  while (scanner.accept(",")) scanner.value();
  scanner.expect("]");
  return scanner.end(first);
}

/** Finds where JSON values begin and end, without building or fully checking them. */
class Scanner {
  readonly #bytes: Uint8Array;
  readonly #maxDepth: number;
  #at = 0;

  constructor(bytes: Uint8Array, maxDepth: number) {
    this.#bytes = bytes;
    this.#maxDepth = maxDepth;
  }

  accept(char: string): boolean {
    this.#skipSpace();
    if (this.#bytes[this.#at] !== char.charCodeAt(0)) return false;
    this.#at++;
    return true;
  }

  expect(char: string): void {
    if (!this.accept(char)) throw this.#malformed(`"${char}" expected`);
  }

  string(): string {
    this.#skipSpace();
    const start = this.#at;
    if (this.#bytes[start] !== quote) throw this.#malformed("name expected");
    this.#skipString();
    const name = jsonText(this.#bytes.subarray(start, this.#at));
    if (name === undefined) throw this.#malformed("name expected");
    return name;
  }

  value(): Uint8Array {
    this.#skipSpace();
    const start = this.#at;
    const first = this.#bytes[start];
    if (first === quote) this.#skipString();
    else if (first !== undefined && kinds[first] === opening) this.#skipNested();
    else this.#skipScalar();
    if (this.#at === start) throw this.#malformed("value expected");
    return this.#bytes.subarray(start, this.#at);
  }

  end<T>(result: T): T {
    this.#skipSpace();
    if (this.#at < this.#bytes.length) throw this.#malformed("end of text expected");
    return result;
  }

  #skipSpace(): void {
    while (kinds[this.#bytes[this.#at] ?? 0] === space) this.#at++;
  }

  #skipString(): void {
    const bytes = this.#bytes;
    for (let at = this.#at + 1; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === backslash) at++;
      else if (byte === quote) {
        this.#at = at + 1;
        return;
      }
    }
    throw this.#malformed("unterminated string");
  }

  #skipNested(): void {
    const bytes = this.#bytes;
    let depth = 0;
    while (this.#at < bytes.length) {
      const byte = bytes[this.#at] ?? 0;
      if (byte === quote) {
        this.#skipString();
        continue;
      }
      this.#at++;
      const kind = kinds[byte];
      if (kind === opening && ++depth > this.#maxDepth)
        throw tooLarge("go.micro.codec", `parse JSON: nested deeper than ${this.#maxDepth}`);
      if (kind === closing && --depth === 0) return;
    }
    throw this.#malformed("unterminated value");
  }

  #skipScalar(): void {
    const bytes = this.#bytes;
    while (this.#at < bytes.length && kinds[bytes[this.#at] ?? 0] === 0 && bytes[this.#at] !== quote)
      this.#at++;
  }

  #malformed(what: string): MicroError {
    return badRequest("go.micro.codec", `parse JSON: ${what} at byte ${this.#at}`, { reason: "BAD_JSON" });
  }
}

/** Decodes a JSON string. Undefined if the bytes are not one. */
export function jsonText(bytes: Uint8Array): string | undefined {
  const written = asBuffer(bytes).toString();
  if (/^"[ !#-[\]-~]*"$/.test(written)) return written.slice(1, -1);
  try {
    const text: unknown = JSON.parse(written);
    return typeof text === "string" ? text : undefined;
  } catch {
    return undefined;
  }
}
