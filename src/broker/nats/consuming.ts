import { setTimeout as delay } from "node:timers/promises";
import type { ConsumerMessages, JetStreamClient, JsMsg } from "@nats-io/jetstream";
import type { Closeable } from "../../core/closeable.js";
import { streamName } from "./stream.js";

export interface ConsumingOptions {
  /** Makes the consumer unless it is there. */
  readonly consumer: () => Promise<{ readonly client: JetStreamClient; readonly name: string }>;
  readonly take: (message: JsMsg) => Promise<void>;
  readonly missed: (reason: string) => void;
  /** False for a consumer that is of no use without its one subscriber. */
  readonly kept: boolean;
}

/** Milliseconds before a consumer that the server lost is made again. */
const pause = 500;

/** Pulls the messages of one consumer until closed, and makes the consumer again where the server lost it. */
export class Consuming implements Closeable {
  readonly #options: ConsumingOptions;
  readonly #closed = new AbortController();
  #messages: ConsumerMessages | undefined;
  #leave = async () => {};
  #running: Promise<void> = Promise.resolve();

  constructor(options: ConsumingOptions) {
    this.#options = options;
  }

  /** Resolves once messages are not missed any more. */
  async start(): Promise<void> {
    await this.#pull();
    this.#running = this.#keepPulling();
  }

  async #pull(): Promise<void> {
    const { client, name } = await this.#options.consumer();
    const consumer = await client.consumers.get(streamName, name);
    this.#messages = await consumer.consume({
      max_messages: 100,
      abort_on_missing_resource: true,
      callback: (message) => void this.#options.take(message),
    });
    this.#leave = async () => {
      if (!this.#options.kept) await consumer.delete().catch(() => false);
    };
  }

  async #keepPulling(): Promise<void> {
    const { signal } = this.#closed;
    const { missed } = this.#options;
    while (!signal.aborted) {
      await this.#messages?.closed();
      await delay(pause, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      await this.#pull().then(
        () => missed("the server had lost the subscription"),
        () => undefined,
      );
    }
    await this.#messages?.close();
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return this.#running;
    this.#closed.abort();
    await this.#messages?.close();
    await this.#running;
    await this.#leave();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
