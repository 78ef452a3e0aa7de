import { LayeredMessage, type Message } from "../../../core/message.js";
import type { Metadata } from "../../../core/service.js";
import { maxSets, violation } from "./frames.js";
import { readBlock, readHeader } from "./header-block.js";

/** True for headers that repeat with each call of a method. All others are sent with each message. */
export function repeats(name: string): boolean {
  return (
    name === "Content-Type" ||
    name === "Micro-Service" ||
    name === "Micro-Method" ||
    name === "Micro-Endpoint" ||
    name === "X-Micro-From-Service"
  );
}

/** Maximum total length of values in a set, so that made-up method names cannot fill the peer's memory. */
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
 * Numbers the sets of repeating headers that this side has sent. A call then refers to its set in two bytes, and
 * neither side handles strings. When all numbers are used, numbering starts again at the first.
 */
export class SentSets {
  readonly #byEndpoint = new Map<string, HeaderSet[]>();
  #next = 1;

  /** The number of the set of `header`, 0 for none. Calls `define` to send a new set. */
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

  /** Stores the payload of a `headers` frame. @throws {MicroError} 400 for an invalid number or block. */
  define(index: number, bytes: Buffer, start: number, end: number): void {
    if (index < 1 || index > maxSets) throw violation(`set of headers ${index}`);
    this.#sets[index] = Object.freeze(readHeader(bytes, start, end));
  }

  /** Builds a message. If it adds nothing to its set, its header is the same object each time. */
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

/** Positions of a message: of its header block, its body, and its end. */
export interface MessageRange {
  readonly start: number;
  readonly bodyAt: number;
  readonly end: number;
}

const nothing: Metadata = Object.freeze({});
