import type { Broker } from "../broker/broker.js";
import type { Codecs } from "../codec/index.js";
import { currentContext } from "../core/context.js";
import type { Message } from "../core/message.js";
import { canonicalName, inherited } from "../core/metadata.js";
import type { Metadata } from "../core/service.js";
import type { PublishOptions } from "./client.js";
import { defaultType, encoded } from "./pending-call.js";

export interface PublisherParts {
  readonly broker: Broker;
  readonly codecs: Codecs;
  /** The name that subscribers see in `X-Micro-From-Service`. */
  readonly from: string;
}

/** Topics whose header is cached. */
const memoised = 1000;

/**
 * Publishes values in the format of the Go ecosystem: metadata and content type in the header, the bare value as body.
 * Bytes are sent unchanged.
 */
export class Publisher {
  readonly #parts: PublisherParts;
  /** Headers without metadata, by topic. Brokers encode a header only once if they get the same object again. */
  readonly #headers = new Map<string, Metadata>();

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /** Returns the broker's own promise: an async function would add 0.2 µs per message. */
  publish(topic: string, value: unknown, options: PublishOptions): Promise<void> {
    try {
      return this.#parts.broker.publish(topic, this.#message(topic, value, options), options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #message(topic: string, value: unknown, { types, contentType, metadata }: PublishOptions): Message {
    const type = types?.request;
    const written = contentType ?? defaultType(type);
    const body = value instanceof Uint8Array ? value : encoded(this.#parts.codecs.get(written), value, type);
    const plain = metadata === undefined && currentContext() === undefined;
    return { header: plain ? this.#plain(topic, written) : this.#header(topic, written, metadata), body };
  }

  #plain(topic: string, contentType: string): Metadata {
    const known = this.#headers.get(topic);
    if (known?.["Content-Type"] === contentType) return known;
    const made = Object.freeze(this.#header(topic, contentType, undefined));
    if (this.#headers.size === memoised) this.#headers.clear();
    this.#headers.set(topic, made);
    return made;
  }

  #header(topic: string, contentType: string, metadata: Metadata | undefined): Metadata {
    const context = currentContext();
    const header = context ? inherited(context.metadata) : {};
    for (const name in metadata) {
      header[canonicalName(name)] = metadata[name] ?? "";
    }
    if (this.#parts.from !== "") header["X-Micro-From-Service"] ??= this.#parts.from;
    header["Content-Type"] = contentType;
    header["Micro-Topic"] = topic;
    return header;
  }
}
