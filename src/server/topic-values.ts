import type { Codec, Codecs } from "../codec/index.js";
import { json } from "../codec/json/json.js";
import type { Message } from "../core/message.js";
import { isProtobuf, type MessageType } from "../core/schema.js";
import { copyJson } from "../core/text/copy-json.js";

/**
 * The values of the messages of one topic. Brokers give subscribers of one process the same message: it is decoded
 * once, and each has a copy of its own, which costs a tenth of decoding it again.
 */
export class TopicValues {
  readonly #codecs: Codecs;
  #subscribers = 0;
  /** What came last, and its codec. */
  #contentType: string | undefined;
  #codec: Codec = json;
  /** Decoded already, and how many are to have it still. */
  #message: Message | undefined;
  #value: unknown;
  #left = 0;

  constructor(codecs: Codecs) {
    this.#codecs = codecs;
  }

  /** Counts one who will ask for the values. */
  join(): void {
    this.#subscribers++;
  }

  /** The value of `message`, which nobody else has. @throws {MicroError} 400 when it does not parse. */
  of(message: Message, contentType: string, type: MessageType | undefined): unknown {
    const codec = this.#find(contentType);
    if (this.#subscribers === 1) return codec.decode(message.body, type);
    if (codec !== json || isProtobuf(type)) return codec.decode(copyBytes(message.body), type);
    if (message !== this.#message) this.#remember(message, codec.decode(message.body));
    this.#left--;
    return this.#left > 0 ? copyJson(this.#value) : this.#forget();
  }

  #find(contentType: string): Codec {
    if (contentType !== this.#contentType) {
      this.#codec = this.#codecs.get(bareType(contentType));
      this.#contentType = contentType;
    }
    return this.#codec;
  }

  #remember(message: Message, value: unknown): void {
    this.#message = message;
    this.#value = value;
    this.#left = this.#subscribers;
  }

  /** The last one needs no copy. */
  #forget(): unknown {
    const value = this.#value;
    this.#message = undefined;
    this.#value = undefined;
    return value;
  }
}

function copyBytes(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

/** Legacy publishers name the envelope's content type, yet send the bare value. */
function bareType(contentType: string): string {
  if (contentType === "application/json-rpc") return "application/json";
  return contentType === "application/proto-rpc" ? "application/protobuf" : contentType;
}
