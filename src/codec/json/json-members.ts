import { badRequest, type MicroError, tooLarge } from "../../core/errors.js";

/** Nesting of JSON from outside. */
const maxDepth = 64;
const maxMembers = 100;

const quote = 0x22;
const backslash = 0x5c;
/** What a byte means outside of strings; one look-up for each byte is what makes the scan cheap. */
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
 * The members of a JSON object by name, each as the bytes it was written with: no number is rounded and nothing is
 * printed again. Names are in lower case, as the Go ecosystem matches them; of a repeated one the last counts.
 * @throws {MicroError} 400 when it is no object, 413 when it is nested deeper than `depth`, by default 64.
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
 * The first element of a JSON array, as the bytes it was written with; nothing for an empty one.
 * @throws {MicroError} 400 when it is no array.
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

/** Walks JSON text without building anything: where values begin and end. What is inside of them is not checked. */
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
    if (!this.accept(char)) throw this.#broken(`"${char}" expected`);
  }

  string(): string {
    this.#skipSpace();
    const start = this.#at;
    if (this.#bytes[start] !== quote) throw this.#broken("name expected");
    this.#skipString();
    const name = jsonText(this.#bytes.subarray(start, this.#at));
    if (name === undefined) throw this.#broken("name expected");
    return name;
  }

  value(): Uint8Array {
    this.#skipSpace();
    const start = this.#at;
    const first = this.#bytes[start];
    if (first === quote) this.#skipString();
    else if (first !== undefined && kinds[first] === opening) this.#skipNested();
    else this.#skipScalar();
    if (this.#at === start) throw this.#broken("value expected");
    return this.#bytes.subarray(start, this.#at);
  }

  end<T>(result: T): T {
    this.#skipSpace();
    if (this.#at < this.#bytes.length) throw this.#broken("nothing more expected");
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
    throw this.#broken("string without its end");
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
    throw this.#broken("value without its end");
  }

  #skipScalar(): void {
    const bytes = this.#bytes;
    while (this.#at < bytes.length && kinds[bytes[this.#at] ?? 0] === 0 && bytes[this.#at] !== quote)
      this.#at++;
  }

  #broken(what: string): MicroError {
    return badRequest("go.micro.codec", `parse JSON: ${what} at byte ${this.#at}`, { reason: "BAD_JSON" });
  }
}

/** The text of a JSON string; nothing when the bytes are none. */
export function jsonText(bytes: Uint8Array): string | undefined {
  const written = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  if (/^"[ !#-[\]-~]*"$/.test(written)) return written.slice(1, -1);
  try {
    const text: unknown = JSON.parse(written);
    return typeof text === "string" ? text : undefined;
  } catch {
    return undefined;
  }
}
