/**
 * Turns values into bytes and back. `openCodec` opens `json`, `msgpack`, `proto` or `raw`; implement `Codec` for another.
 *
 * @module micro-toolkit/codec
 */
import { openerNamed } from "../core/built-in.js";
import { internal } from "../core/errors.js";
import type { Codec } from "./codec.js";
import { json } from "./json/json.js";
import { raw } from "./json/raw.js";
import { proto } from "./protobuf/proto.js";

export type { Codec, DecodeOptions } from "./codec.js";
export { loadProtobuf } from "./protobuf/protobuf.js";

/** A set of codecs by content type. Await `loadProtobuf` before the first value of a protobuf type. */
export class Codecs {
  readonly #byType = new Map<string, Codec>();

  /** Makes a set. Default: `json`, `proto` and `raw`. */
  constructor(codecs: readonly Codec[] = [json, proto, raw]) {
    for (const codec of codecs) this.add(codec);
  }

  /** Adds a codec. It replaces others for the content types that both read. */
  add(codec: Codec): void {
    for (const type of codec.contentTypes) this.#byType.set(type, codec);
  }

  /** Returns whether a codec reads `contentType`. */
  has(contentType: string): boolean {
    return this.#byType.has(contentType);
  }

  /**
   * Returns the codec of `contentType`.
   * @throws {MicroError} 500 when there is none. Source: the text of the Go client.
   */
  get(contentType: string): Codec {
    const codec = this.#byType.get(contentType);
    if (codec) return codec;
    throw internal("go.micro.client", `Unsupported Content-Type: ${contentType}`, { executed: "no" });
  }
}

const openers: Readonly<Record<string, () => Promise<Codec>>> = {
  json: async () => json,
  msgpack: async () => (await import("./msgpack.js")).msgpack,
  proto: async () => proto,
  raw: async () => raw,
};

/** Names of the built-in codecs. */
export const codecNames: readonly string[] = Object.keys(openers);

/**
 * Opens a built-in codec by name, and loads the code of that one only.
 * @throws {MicroError} 400 with reason `BAD_FLAG_VALUE` for an unknown name.
 */
export async function openCodec(name: string): Promise<Codec> {
  return openerNamed(openers, name, { kind: "codec", id: "go.micro.client" })();
}
