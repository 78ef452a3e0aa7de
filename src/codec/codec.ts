import type { MessageType } from "../core/schema.js";

/** Turns values into bytes and back. Implementations: `json`, `jsonrpc`, `proto`, `protorpc`, `grpc`, `raw`, `msgpack`. */
export interface Codec {
  /** The content types it reads; it writes the first. */
  readonly contentTypes: readonly [string, ...string[]];
  encode(value: unknown, type?: MessageType): Uint8Array;
  /** @throws {MicroError} 400 when the bytes do not parse, 413 when they hold more than `options` allow. */
  decode(bytes: Uint8Array, type?: MessageType, options?: DecodeOptions): unknown;
}

export interface DecodeOptions {
  /** A reply that was asked for: only its size is bounded, not its depth and the keys of its objects. */
  readonly reply?: boolean;
}

/** For replies. */
export const asReply: DecodeOptions = { reply: true };
