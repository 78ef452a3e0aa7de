/**
 * Returns the position of the first wrong character of a JSON text: its length if it ends too early, undefined if it is
 * valid. The messages of `JSON.parse` do not always tell.
 */
export function jsonErrorPosition(text: string): number | undefined {
  const reader = new Reader(text);
  try {
    return reader.document() ? undefined : reader.at;
  } catch (error) {
    // nested too deeply for the call stack
    if (error instanceof RangeError) return reader.at;
    throw error;
  }
}

const space = /[ \t\n\r]*/y;
const scalar = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const backslash = 0x5c;
const escaped = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** Walks the text. Each method returns false at the first wrong character, and leaves `at` there. */
class Reader {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): boolean {
    if (!this.#value()) return false;
    this.#skip(space);
    return this.at === this.#text.length;
  }

  #value(): boolean {
    this.#skip(space);
    const char = this.#text[this.at];
    if (char === "{") return this.#list("}", () => this.#member());
    if (char === "[") return this.#list("]", () => this.#value());
    return char === '"' ? this.#string() : this.#skip(scalar);
  }

  #list(end: string, item: () => boolean): boolean {
    this.at++;
    this.#skip(space);
    if (this.#accept(end)) return true;
    do {
      if (!item()) return false;
      this.#skip(space);
    } while (this.#accept(","));
    return this.#accept(end);
  }

  #member(): boolean {
    this.#skip(space);
    if (this.#text[this.at] !== '"' || !this.#string()) return false;
    this.#skip(space);
    return this.#accept(":") && this.#value();
  }

  #string(): boolean {
    this.at++;
    for (;;) {
      if (this.#accept('"')) return true;
      const code = this.#text.charCodeAt(this.at);
      // NaN at the end of the text
      if (!(code >= 0x20)) return false;
      if (code !== backslash) this.at++;
      else if (!this.#skip(escaped)) return false;
    }
  }

  #accept(char: string): boolean {
    if (this.#text[this.at] !== char) return false;
    this.at++;
    return true;
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.#text)) return false;
    this.at = pattern.lastIndex;
    return true;
  }
}
