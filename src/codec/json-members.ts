import { badRequest, type MicroError, tooLarge } from "../core/errors.js";

/** Nesting of JSON from outside. */
const maxDepth = 64;
const maxMembers = 100;

const quote = 0x22;
const backslash = 0x5c;
const opening = new Set([0x7b, 0x5b]);
const closing = new Set([0x7d, 0x5d]);
const space = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * The members of a JSON object by name, each as the bytes it was written with: no number is rounded and nothing is
 * printed again. Names are in lower case, as the Go ecosystem matches them; of a repeated one the last counts.
 * @throws {MicroError} 400 when it is no object.
 */
export function jsonMembers(bytes: Uint8Array): Map<string, Uint8Array> {
  const scanner = new Scanner(bytes);
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
  const scanner = new Scanner(bytes);
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
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
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
    return parseName(this.#bytes.subarray(start, this.#at)) ?? this.#fail("name expected");
  }

  value(): Uint8Array {
    this.#skipSpace();
    const start = this.#at;
    const first = this.#bytes[start];
    if (first === quote) this.#skipString();
    else if (first !== undefined && opening.has(first)) this.#skipNested();
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
    while (space.has(this.#bytes[this.#at] ?? 0)) this.#at++;
  }

  #skipString(): void {
    this.#at++;
    for (; this.#at < this.#bytes.length; this.#at++) {
      const byte = this.#bytes[this.#at];
      if (byte === backslash) this.#at++;
      else if (byte === quote) {
        this.#at++;
        return;
      }
    }
    throw this.#broken("string without its end");
  }

  #skipNested(): void {
    let depth = 0;
    while (this.#at < this.#bytes.length) {
      const byte = this.#bytes[this.#at] ?? 0;
      if (byte === quote) {
        this.#skipString();
        continue;
      }
      this.#at++;
      if (opening.has(byte) && ++depth > maxDepth)
        throw tooLarge("go.micro.codec", `parse JSON: nested deeper than ${maxDepth}`);
      if (closing.has(byte) && --depth === 0) return;
    }
    throw this.#broken("value without its end");
  }

  #skipScalar(): void {
    const ends = /[\s,:{}[\]"]/;
    while (this.#at < this.#bytes.length && !ends.test(String.fromCharCode(this.#bytes[this.#at] ?? 0)))
      this.#at++;
  }

  #fail(what: string): never {
    throw this.#broken(what);
  }

  #broken(what: string): MicroError {
    return badRequest("go.micro.codec", `parse JSON: ${what} at byte ${this.#at}`, { reason: "BAD_JSON" });
  }
}

function parseName(quoted: Uint8Array): string | undefined {
  try {
    const name: unknown = JSON.parse(Buffer.from(quoted).toString());
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
}
