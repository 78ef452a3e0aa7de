import type { Message } from "../../core/message.js";
import { bodyText } from "../../core/message-body.js";
import { asBuffer } from "../../core/text/as-buffer.js";

/** A message in the formats that subscribers receive. Each is encoded at most once. */
export class EncodedMessage {
  readonly topic: string;
  #message: Message | undefined;
  #original: Buffer | undefined;
  #framed: Buffer | undefined;

  constructor(topic: string, message: Message) {
    this.topic = topic;
    this.#message = message;
  }

  /** The format of the original: `{"Header":{…},"Body":"<base64>"}`. */
  get original(): Buffer {
    this.#original ??= this.#encode(({ header, body }) => ({
      Header: header,
      Body: asBuffer(body).toString("base64"),
    }));
    return this.#original;
  }

  /** The members `topic`, `header`, `body` and `encoding` of an object, without its opening brace and first members. */
  get framed(): Buffer {
    this.#framed ??= this.#encode((message) => this.#members(message)).subarray(1);
    return this.#framed;
  }

  /** Releases the message itself, once every subscriber has its format. */
  release(): void {
    this.#message = undefined;
  }

  #encode(members: (message: Message) => object): Buffer {
    return Buffer.from(JSON.stringify(this.#message ? members(this.#message) : {}));
  }

  #members({ header, body }: Message) {
    return { topic: this.topic, header, ...bodyText(body) };
  }
}
