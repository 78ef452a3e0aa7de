import { LayeredMessage, type Message } from "../../../core/message.js";
import type { Metadata } from "../../../core/service.js";
import { fromWire, readHeader, readName } from "../wire/header.js";

/** Headers remembered per listener, and the number of misses after which one of them is replaced. */
const maxKnown = 16;
const missesPerEviction = 64;

/** Headers whose values identify a kind of call: method, encoding, caller. All but the id of the call. */
const identifying = /^(?:Content-Type$|(?:X-)?Micro-(?!Id$))/;

/**
 * Recognises repeated headers. A caller sends the same names, and mostly the same values, with each call of a method:
 * comparing them costs 0.3 µs, parsing and interpreting them 2.5 µs.
 */
export class KnownHeaders {
  readonly #known: KnownHeader[] = [];
  #last = 0;
  #misses = 0;

  /** Builds a message from raw headers, which alternate names and values. */
  message(raw: readonly string[], body: Uint8Array): Message {
    const last = this.#known[this.#last]?.message(raw, body);
    if (last) return last;
    for (let i = 0; i < this.#known.length; i++) {
      const found = this.#known[i]?.message(raw, body);
      if (!found) continue;
      this.#last = i;
      return found;
    }
    return this.#learn(raw, body);
  }

  #learn(raw: readonly string[], body: Uint8Array): Message {
    const header = readHeader(raw);
    const misses = this.#misses++;
    if (this.#known.length === maxKnown && misses % missesPerEviction !== 0) return { header, body };
    this.#last = this.#known.length < maxKnown ? this.#known.length : (misses / missesPerEviction) % maxKnown;
    this.#known[this.#last] = new KnownHeader(raw, Object.freeze(header));
    return { header, body, base: header };
  }
}

class KnownHeader {
  readonly #raw: readonly string[];
  readonly #header: Metadata;
  /** For each pair, its canonical name. Empty if the pair is not part of the header. */
  readonly #names: readonly string[];
  /** For each pair, whether a different value makes it a different header. */
  readonly #fixed: readonly boolean[];

  constructor(raw: readonly string[], header: Metadata) {
    const names: string[] = [];
    for (let i = 0; i < raw.length; i += 2) {
      const name = readName(raw[i] ?? "");
      names.push(Object.hasOwn(header, name) && !names.includes(name) ? name : "");
    }
    this.#raw = raw;
    this.#header = header;
    this.#names = names;
    this.#fixed = names.map((name) => identifying.test(name));
  }

  /** The message, if `raw` differs from this header only in values that do not identify the call. */
  message(raw: readonly string[], body: Uint8Array): Message | undefined {
    const known = this.#raw;
    if (raw.length !== known.length) return undefined;
    let differs = false;
    for (let i = 0; i < raw.length; i += 2) {
      if (raw[i] !== known[i]) return undefined;
      if (raw[i + 1] === known[i + 1]) continue;
      if (this.#fixed[i / 2]) return undefined;
      differs ||= this.#names[i / 2] !== "";
    }
    const header = this.#header;
    return differs ? new LayeredMessage(header, this.#more(raw), body) : { header, body, base: header };
  }

  #more(raw: readonly string[]): Metadata {
    const more: Record<string, string> = {};
    for (let i = 0; i < raw.length; i += 2) {
      const name = this.#names[i / 2];
      if (name && raw[i + 1] !== this.#raw[i + 1]) more[name] = fromWire(raw[i + 1] ?? "");
    }
    return more;
  }
}
