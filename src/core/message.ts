import type { Metadata } from "./service.js";

/** What travels between two nodes: header names in any case, a body of bytes. */
export interface Message {
  readonly header: Metadata;
  readonly body: Uint8Array;
  /**
   * The part of `header` that many messages share as one object, where no further entry says how to read the message, but
   * for the number of a call: what was learned from it once holds for the next.
   */
  readonly base?: Metadata;
  /** The entries of `header` beside those of `base`, or in place of them. */
  readonly more?: Metadata;
}

/**
 * A message whose header is put together when somebody reads it. A wire that sends `base` as a number never does, nor
 * does a handler that asks for no metadata: 4 µs a call, both ends together.
 */
export class LayeredMessage implements Message {
  readonly base: Metadata;
  readonly more: Metadata;
  readonly body: Uint8Array;
  #header: Metadata | undefined;

  constructor(base: Metadata, more: Metadata, body: Uint8Array) {
    this.base = base;
    this.more = more;
    this.body = body;
  }

  get header(): Metadata {
    this.#header ??= { ...this.base, ...this.more };
    return this.#header;
  }
}

/** The entry `name` of the header, which is not put together for it. */
export function headerEntry(message: Message, name: string): string | undefined {
  return message.more?.[name] ?? (message.base ?? message.header)[name];
}

/** The body of a message that has none. */
export const emptyBody: Uint8Array = new Uint8Array(0);
