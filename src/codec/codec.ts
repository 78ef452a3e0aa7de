import type { MessageType } from "../core/schema.js";

/** Turns values into bytes and back. Built in: `json`, `proto`, `raw`, `msgpack`. */
export interface Codec {
  /** The content types that it reads. It writes the first. */
  readonly contentTypes: readonly [string, ...string[]];
  /**
   * Encodes a value. `type` matters only to codecs that need one, such as `proto`.
   * @throws {MicroError} 400 with reason `SCHEMA_MISMATCH` when the value does not fit the type.
   */
  encode(value: unknown, type?: MessageType): Uint8Array;
  /**
   * Decodes a value. `type` matters only to codecs that need one, such as `proto`.
   * @throws {MicroError} 400 when the bytes do not parse. 413 when they nest too deep or an object has too many keys.
   */
  decode(bytes: Uint8Array, type?: MessageType, options?: DecodeOptions): unknown;
}

/** Options of `Codec.decode`. */
export interface DecodeOptions {
  /** True for the reply to a call of this side: depth and number of keys are not limited then. Default false. */
  readonly reply?: boolean;
}

/** Options for decoding a reply. */
export const asReply: DecodeOptions = { reply: true };
