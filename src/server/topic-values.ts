import type { Codec, Codecs } from "../codec/index.js";
import { json } from "../codec/json/json.js";
import type { Message } from "../core/message.js";
import { isProtobuf, type MessageType } from "../core/schema.js";
import { copyJson } from "../core/text/copy-json.js";

/**
 * Decodes the messages of one topic. Brokers give all subscribers of a process the same message object: it is decoded
 * once and each subscriber gets a copy, which costs a tenth of decoding it again.
 */
export class TopicValues {
  readonly #codecs: Codecs;
  #subscribers = 0;
  /** The last content type, and its codec. */
  #contentType: string | undefined;
  #codec: Codec = json;
  /** The decoded message, its value, and how many subscribers have yet to ask for it. */
  #message: Message | undefined;
  #value: unknown;
  #left = 0;

  constructor(codecs: Codecs) {
    this.#codecs = codecs;
  }

  /** Adds a subscriber, which will call `of` once per message. */
  join(): void {
    this.#subscribers++;
  }

  /** The value of `message`, as a copy for one subscriber. @throws {MicroError} 400 when it does not parse. */
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

  /** The last subscriber gets the original. */
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

/** Legacy publishers set the content type of an RPC envelope, yet send the bare value. */
function bareType(contentType: string): string {
  if (contentType === "application/json-rpc") return "application/json";
  return contentType === "application/proto-rpc" ? "application/protobuf" : contentType;
}
