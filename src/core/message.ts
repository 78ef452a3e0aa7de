import type { Metadata } from "./service.js";

/** What travels between two nodes: header names in any case, a body of bytes. */
export interface Message {
  readonly header: Metadata;
  readonly body: Uint8Array;
  /**
   * The part of `header` that many messages share as one object, where no further entry says how to read the message:
   * what was learned from it once holds for the next.
   */
  readonly base?: Metadata;
}

/** The body of a message that has none. */
export const emptyBody: Uint8Array = new Uint8Array(0);
