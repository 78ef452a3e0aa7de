import type { Message } from "../../core/message.js";
import { type AcknowledgeOptions, acknowledged, type PublicationHandler } from "../acknowledge.js";
import type { Subscription } from "../broker.js";

/** One handler of one topic, until closed. */
export class HttpSubscription implements Subscription {
  readonly topic: string;
  readonly #handler: PublicationHandler;
  readonly #options: AcknowledgeOptions;
  readonly #leave: () => Promise<void>;
  #left: Promise<void> | undefined;

  constructor(
    topic: string,
    handler: PublicationHandler,
    options: AcknowledgeOptions,
    leave: () => Promise<void>,
  ) {
    this.topic = topic;
    this.#handler = handler;
    this.#options = options;
    this.#leave = leave;
  }

  /** Resolves when the handler acknowledged. */
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
