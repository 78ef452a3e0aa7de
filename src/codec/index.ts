import { badRequest, internal } from "../core/errors.js";
import type { Codec } from "./codec.js";
import { json } from "./json.js";
import { proto } from "./proto.js";
import { raw } from "./raw.js";

export type { Codec } from "./codec.js";
export { loadProtobuf } from "./protobuf.js";

/** Codecs by content type. Before values of a protobuf type go through one, await `loadProtobuf` for the type. */
export class Codecs {
  readonly #byType = new Map<string, Codec>();

  constructor(codecs: readonly Codec[] = [json, proto, raw]) {
    for (const codec of codecs) this.add(codec);
  }

  add(codec: Codec): void {
    for (const type of codec.contentTypes) this.#byType.set(type, codec);
  }

  has(contentType: string): boolean {
    return this.#byType.has(contentType);
  }

  /** @throws {MicroError} 500 for a content type that no codec reads. Source: the Go client's text. */
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

/** The names that `openCodec` knows. */
export const codecNames: readonly string[] = Object.keys(openers);

/**
 * Opens the codec called `name`.
 * @throws {MicroError} 400 for any other name.
 */
export async function openCodec(name: string): Promise<Codec> {
  const open = Object.hasOwn(openers, name) ? openers[name] : undefined;
  if (open) return open();
  throw badRequest("go.micro.client", `codec "${name}": not one of ${codecNames.join(", ")}`, {
    reason: "BAD_FLAG_VALUE",
  });
}
