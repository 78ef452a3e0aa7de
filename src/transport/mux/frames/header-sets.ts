import { LayeredMessage, type Message } from "../../../core/message.js";
import type { Metadata } from "../../../core/service.js";
import { maxSets, violation } from "./frames.js";
import { readBlock, readHeader } from "./header-block.js";

/** The headers that repeat from call to call of one method; all others travel in each message. */
export function repeats(name: string): boolean {
  return (
    name === "Content-Type" ||
    name === "Micro-Service" ||
    name === "Micro-Method" ||
    name === "Micro-Endpoint" ||
    name === "X-Micro-From-Service"
  );
}

/** Longest sum of values that is worth a set: whoever makes up names of methods must not fill the peer's table. */
const longest = 512;

interface HeaderSet {
  readonly index: number;
  readonly contentType: string | undefined;
  readonly service: string | undefined;
  readonly method: string | undefined;
  readonly endpoint: string | undefined;
  readonly from: string | undefined;
}

/**
 * Numbers the sets of repeating headers that this side has sent: a call then names its set in two bytes, and neither
 * side builds or reads a string for it. When all numbers are taken they are given out anew from the first.
 */
export class SentSets {
  readonly #byEndpoint = new Map<string, HeaderSet[]>();
  #next = 1;

  /** The number of the set within `header`, 0 if it has none; `define` sends a new one. */
  find(header: Metadata, define: (index: number, entries: Metadata) => void): number {
    const endpoint = header["Micro-Endpoint"];
    const known = this.#byEndpoint.get(endpoint ?? "");
    if (known) {
      for (const set of known) if (matches(set, header)) return set.index;
    }
    return this.#define(header, endpoint, define);
  }

  #define(
    header: Metadata,
    endpoint: string | undefined,
    define: (index: number, entries: Metadata) => void,
  ): number {
    const entries: Record<string, string> = {};
    let length = 0;
    for (const name in header) {
      if (!repeats(name)) continue;
      entries[name] = header[name] ?? "";
      length += entries[name].length;
    }
    if (length === 0 || length > longest) return 0;
    if (this.#next > maxSets) {
      this.#byEndpoint.clear();
      this.#next = 1;
    }
    const index = this.#next;
    define(index, entries);
    this.#next++;
    const set = {
      index,
      contentType: header["Content-Type"],
      service: header["Micro-Service"],
      method: header["Micro-Method"],
      endpoint,
      from: header["X-Micro-From-Service"],
    };
    const known = this.#byEndpoint.get(endpoint ?? "");
    if (known) known.push(set);
    else this.#byEndpoint.set(endpoint ?? "", [set]);
    return index;
  }
}

function matches(set: HeaderSet, header: Metadata): boolean {
  return (
    set.service === header["Micro-Service"] &&
    set.contentType === header["Content-Type"] &&
    set.method === header["Micro-Method"] &&
    set.endpoint === header["Micro-Endpoint"] &&
    set.from === header["X-Micro-From-Service"]
  );
}

/** The sets that the peer has sent. */
export class ReceivedSets {
  readonly #sets: Metadata[] = [];

  /** Takes the payload of a `headers` frame. @throws {MicroError} 400 for a number or block out of bounds. */
  define(index: number, bytes: Buffer, start: number, end: number): void {
    if (index < 1 || index > maxSets) throw violation(`set of headers ${index}`);
    this.#sets[index] = Object.freeze(readHeader(bytes, start, end));
  }

  /** A message; its header is the same object again where it adds nothing to its set. */
  message(index: number, bytes: Buffer, { start, bodyAt, end }: MessageRange): Message {
    const set = index === 0 ? nothing : this.#sets[index];
    if (set === undefined) throw violation(`set of headers ${index} was never sent`);
    const body = bytes.subarray(bodyAt, end);
    if (start === bodyAt) return { header: set, body, base: set };
    const more: Record<string, string> = {};
    if (readBlock(more, bytes, start, bodyAt)) return { header: { ...set, ...more }, body };
    return new LayeredMessage(set, more, body);
  }
}

/** Where the header block of a message begins, its body, and what comes behind it. */
export interface MessageRange {
  readonly start: number;
  readonly bodyAt: number;
  readonly end: number;
}

const nothing: Metadata = Object.freeze({});
