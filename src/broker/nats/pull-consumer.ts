import type { Consumer, ConsumerMessages, JetStreamClient, JsMsg } from "@nats-io/jetstream";
import type { Closeable } from "../../core/closeable.js";
import { recovered, streamName } from "./stream.js";

export interface PullConsumerOptions {
  /** Creates the consumer unless it exists. */
  readonly consumer: () => Promise<{ readonly client: JetStreamClient; readonly name: string }>;
  readonly handle: (message: JsMsg) => Promise<void>;
  readonly missed: (reason: string) => void;
  /** True for the consumer of a queue, which outlives its subscribers. Others are deleted on close. */
  readonly kept: boolean;
  readonly onClose: () => void;
}

/** Milliseconds between heartbeats of a server without messages. */
const heartbeat = 5000;

/** Lifetime of one pull in milliseconds, after which the server stops sending to a connection that broke unnoticed. */
const pullLife = 2 * heartbeat;

/** Pulls the messages of one consumer until closed. Recreates the consumer if the server lost it. */
export class PullConsumer implements Closeable {
  readonly #options: PullConsumerOptions;
  readonly #closed = new AbortController();
  #messages: ConsumerMessages | undefined;
  #consumer: Consumer | undefined;
  #renewed = false;
  #leave = async () => {};
  #running: Promise<void> = Promise.resolve();

  constructor(options: PullConsumerOptions) {
    this.#options = options;
  }

  /** Resolves once no message is missed any more. */
  async start(): Promise<void> {
    await this.#pull();
    this.#running = this.#keepPulling();
  }

  /**
   * Pulls again after a reconnect. The package does so by itself, but only when its request on the old connection has
   * failed, up to ten seconds later.
   */
  renew(): void {
    this.#renewed = true;
    void this.#messages?.close();
  }

  async #pull(): Promise<void> {
    const { client, name } = await this.#options.consumer();
    await this.#consume(await client.consumers.get(streamName, name));
  }

  async #consume(consumer: Consumer): Promise<void> {
    this.#messages = await consumer.consume({
      max_messages: 100,
      abort_on_missing_resource: true,
      idle_heartbeat: heartbeat,
      expires: pullLife,
      callback: (message) => void this.#options.handle(message),
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
      if (this.#renewed && !signal.aborted && (await this.#pulledAgain())) continue;
      await recovered(this.#closed.signal);
      if (signal.aborted) return;
      await this.#pull().then(
        () => missed("the server had lost the subscription"),
        () => undefined,
      );
      await recovered(this.#closed.signal);
      // a consumer created while the server was still deleting the stream went with it, without any event
      await this.#check();
    }
    await this.#messages?.close();
  }

  /** Pulls on the new connection. Returns false if the server no longer has the consumer. */
  async #pulledAgain(): Promise<boolean> {
    this.#renewed = false;
    if (!this.#consumer) return false;
    try {
      await this.#consumer.info();
      await this.#consume(this.#consumer);
      return true;
    } catch {
      return false;
    }
  }

  /** Checks the consumer after missed heartbeats: the package would wait for more of them, and may receive some. */
  async #watch(messages: ConsumerMessages): Promise<void> {
    for await (const { type } of messages.status())
      if (type === "no_responders" || type === "heartbeat") await this.#check();
  }

  /** Ends the pull if the server no longer has the consumer. */
  async #check(): Promise<void> {
    const messages = this.#messages;
    await this.#consumer?.info().catch((error: unknown) => {
      if (isNotFound(error)) return messages?.close();
    });
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return this.#running;
    this.#closed.abort();
    this.#options.onClose();
    await this.#messages?.close();
    await this.#running;
    await this.#leave();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** True if a stream or consumer does not exist. */
function isNotFound(error: unknown): boolean {
  return error instanceof Error && "status" in error && error.status === 404;
}
