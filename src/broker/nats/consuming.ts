import type { Consumer, ConsumerMessages, JetStreamClient, JsMsg } from "@nats-io/jetstream";
import type { Closeable } from "../../core/closeable.js";
import { recovered, streamName } from "./stream.js";

export interface ConsumingOptions {
  /** Makes the consumer unless it is there. */
  readonly consumer: () => Promise<{ readonly client: JetStreamClient; readonly name: string }>;
  readonly take: (message: JsMsg) => Promise<void>;
  readonly missed: (reason: string) => void;
  /** False for a consumer that is of no use without its one subscriber. */
  readonly kept: boolean;
}

/** Milliseconds between signs of life of a server that has no message. */
const heartbeat = 5000;

/** Pulls the messages of one consumer until closed, and makes the consumer again where the server lost it. */
export class Consuming implements Closeable {
  readonly #options: ConsumingOptions;
  readonly #closed = new AbortController();
  #messages: ConsumerMessages | undefined;
  #consumer: Consumer | undefined;
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
      idle_heartbeat: heartbeat,
      callback: (message) => void this.#options.take(message),
    });
    this.#consumer = consumer;
    void this.#watch(this.#messages);
    this.#leave = async () => {
      if (!this.#options.kept) await consumer.delete().catch(() => false);
    };
  }

  async #keepPulling(): Promise<void> {
    const { signal } = this.#closed;
    const { missed } = this.#options;
    while (!signal.aborted) {
      await this.#messages?.closed();
      await recovered(this.#closed.signal);
      if (signal.aborted) return;
      await this.#pull().then(
        () => missed("the server had lost the subscription"),
        () => undefined,
      );
      await recovered(this.#closed.signal);
      // what was made while the server still deleted the stream went with it, and is told nowhere
      await this.#check();
    }
    await this.#messages?.close();
  }

  /** A consumer that went unheard is not pulled in vain: the package waits for missed heartbeats, and may get some. */
  async #watch(messages: ConsumerMessages): Promise<void> {
    for await (const { type } of messages.status())
      if (type === "no_responders" || type === "heartbeat") await this.#check();
  }

  /** Ends the pull where the server knows the consumer no more. */
  async #check(): Promise<void> {
    const messages = this.#messages;
    await this.#consumer?.info().catch((error: unknown) => {
      if (isNotFound(error)) return messages?.close();
    });
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

/** Of a stream or a consumer. */
function isNotFound(error: unknown): boolean {
  return error instanceof Error && "status" in error && error.status === 404;
}
