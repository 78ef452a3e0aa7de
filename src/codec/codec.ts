import type { MessageType } from "../core/schema.js";

/** Turns values into bytes and back. Implementations: `json`, `jsonrpc`, `proto`, `protorpc`, `grpc`, `raw`, `msgpack`. */
export interface Codec {
  /** The content types it reads; it writes the first. */
  readonly contentTypes: readonly [string, ...string[]];
  encode(value: unknown, type?: MessageType): Uint8Array;
  /** @throws {MicroError} 400 when the bytes do not parse. */
  decode(bytes: Uint8Array, type?: MessageType): unknown;
}
