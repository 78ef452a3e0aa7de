import type { Metadata } from "./service.js";

/** What travels between two nodes: header names in any case, a body of bytes. */
export interface Message {
  readonly header: Metadata;
  readonly body: Uint8Array;
}

/** The body of a message that has none. */
export const emptyBody: Uint8Array = new Uint8Array(0);
