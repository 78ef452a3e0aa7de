import type { Message } from "../../../core/message.js";
import type { Service } from "../../../core/service.js";
import { type AcknowledgeOptions, acknowledged, type PublicationHandler } from "../../acknowledge.js";
import type { Subscription } from "../../broker.js";
import { broadcast, topicOf } from "../wire/topic.js";

/** One handler of one topic, until closed. */
export class HttpSubscription implements Subscription {
  readonly topic: string;
  readonly id: string;
  readonly queue: string | undefined;
  /** As it is registered. */
  readonly service: Service;
  readonly #handler: PublicationHandler;
  readonly #options: AcknowledgeOptions;
  readonly #leave: () => Promise<void>;
  #left: Promise<void> | undefined;

  constructor(
    service: Service,
    handler: PublicationHandler,
    options: AcknowledgeOptions,
    leave: () => Promise<void>,
  ) {
    this.topic = topicOf(service);
    this.id = service.nodes[0]?.id ?? "";
    this.queue = service.version === broadcast ? undefined : service.version;
    this.service = service;
    this.#handler = handler;
    this.#options = options;
    this.#leave = leave;
  }

  /** Resolves when the handler has acknowledged. */
  deliver(message: Message): Promise<void> {
    return acknowledged(this.topic, message, this.#handler, this.#options);
  }

  close(): Promise<void> {
    this.#left ??= this.#leave();
    return this.#left;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
