import type { Consumer, ConsumerMessages, JetStreamClient, JsMsg } from "@nats-io/jetstream";
import type { Closeable } from "../../core/closeable.js";
import { recovered, streamName } from "./stream.js";

export interface PullConsumerOptions {
  /** Makes the consumer unless it is there. */
  readonly consumer: () => Promise<{ readonly client: JetStreamClient; readonly name: string }>;
  readonly handle: (message: JsMsg) => Promise<void>;
  readonly missed: (reason: string) => void;
  /** False for a consumer that is of no use without its one subscriber. */
  readonly kept: boolean;
  readonly onClose: () => void;
}

/** Milliseconds between signs of life of a server that has no message. */
const heartbeat = 5000;

/** Milliseconds that one pull lives: after that the server sends nothing more to a connection that is gone unseen. */
const pullLife = 2 * heartbeat;

/** Pulls the messages of one consumer until closed, and makes the consumer again where the server lost it. */
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

  /** Resolves once messages are not missed any more. */
  async start(): Promise<void> {
    await this.#pull();
    this.#running = this.#keepPulling();
  }

  /**
   * Pulls anew, on a connection that is new. The package goes on by itself, but only when what it asked on the old one has
   * failed: up to ten seconds later.
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
      // what was made while the server still deleted the stream went with it, and is told nowhere
      await this.#check();
    }
    await this.#messages?.close();
  }

  /** True when it pulls on the new connection, from the consumer that the server still has. */
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
    this.#options.onClose();
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
