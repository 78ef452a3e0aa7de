import { badRequest, tooLarge } from "../core/errors.js";

/** Where the value of a member begins and ends in the bytes. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const maxDepth = 64;
const maxMembers = 1000;

/**
 * Finds the members of a JSON object without parsing their values, so that a value can be handed on byte for byte.
 * Names are in lower case; of equal names the last counts.
 * @throws {MicroError} 400 when the bytes are no object, 413 beyond 64 levels or 1,000 members.
 */
export function jsonMembers(bytes: Buffer, id: string): ReadonlyMap<string, Span> {
  return new Scan(bytes.toString("latin1"), id).members();
}

/** One pass over the text, a char for each byte. */
class Scan {
  readonly #text: string;
  readonly #id: string;
  #at = 0;

  constructor(text: string, id: string) {
    this.#text = text;
    this.#id = id;
  }

  members(): ReadonlyMap<string, Span> {
    const found = new Map<string, Span>();
    this.#expect("{");
    if (!this.#take("}")) {
      do {
        const name = this.#name();
        this.#expect(":");
        found.set(name, this.#value());
        if (found.size > maxMembers) throw tooLarge(this.#id, `parse JSON: more than ${maxMembers} members`);
      } while (this.#take(","));
      this.#expect("}");
    }
    this.#space();
    if (this.#at < this.#text.length) throw this.#bad();
    return found;
  }

  #name(): string {
    this.#space();
    const start = this.#at;
    this.#string();
    try {
      return String(JSON.parse(this.#text.slice(start, this.#at))).toLowerCase();
    } catch {
      throw this.#bad();
    }
  }

  #value(): Span {
    this.#space();
    const start = this.#at;
    const first = this.#text[start];
    if (first === '"') this.#string();
    else if (first === "{" || first === "[") this.#nested();
    else while (/[\w+.-]/.test(this.#text[this.#at] ?? "")) this.#at++;
    if (this.#at === start) throw this.#bad();
    return { start, end: this.#at };
  }

  /** Only the brackets are looked at: whoever reads the value parses it. */
  #nested(): void {
    let open = "";
    do {
      const char = this.#text[this.#at];
      if (char === undefined) throw this.#bad();
      if (char === '"') {
        this.#string();
        continue;
      }
      if (char === "{" || char === "[") open += char;
      else if (char === "}" || char === "]") {
        if (open.at(-1) !== (char === "}" ? "{" : "[")) throw this.#bad();
        open = open.slice(0, -1);
      }
      if (open.length >= maxDepth) throw tooLarge(this.#id, `parse JSON: nested deeper than ${maxDepth}`);
      this.#at++;
    } while (open !== "");
  }

  #string(): void {
    if (this.#text[this.#at] !== '"') throw this.#bad();
    let end = this.#text.indexOf('"', this.#at + 1);
    while (end > 0 && this.#escaped(end)) end = this.#text.indexOf('"', end + 1);
    if (end < 0) throw this.#bad();
    this.#at = end + 1;
  }

  #escaped(quote: number): boolean {
    let slashes = 0;
    while (this.#text[quote - 1 - slashes] === "\\") slashes++;
    return slashes % 2 === 1;
  }

  #take(char: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #expect(char: string): void {
    if (!this.#take(char)) throw this.#bad();
  }

  #space(): void {
    while (" \t\n\r".includes(this.#text[this.#at] ?? "x")) this.#at++;
  }

  #bad(): Error {
    return badRequest(this.#id, `parse JSON: unexpected ${this.#found()}`, { reason: "BAD_JSON" });
  }

  #found(): string {
    const char = this.#text[this.#at];
    return char === undefined ? "end" : `${JSON.stringify(char)} at byte ${this.#at}`;
  }
}
