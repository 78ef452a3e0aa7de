import { unavailable } from "../core/errors.js";
import type { Codec } from "./codec.js";
import { json } from "./json.js";

export type { Codec } from "./codec.js";

/** Codecs by content type. */
export class Codecs {
  readonly #byType = new Map<string, Codec>();

  constructor(codecs: readonly Codec[] = [json]) {
    for (const codec of codecs) this.add(codec);
  }

  add(codec: Codec): void {
    for (const type of codec.contentTypes) this.#byType.set(type, codec);
  }

  /** @throws {MicroError} 500 for a content type that no codec reads. Source: the Go client's text. */
  get(contentType: string): Codec {
    const codec = this.#byType.get(contentType);
    if (codec) return codec;
    throw unavailable("go.micro.client", `Unsupported Content-Type: ${contentType}`, { executed: "no" });
  }
}
