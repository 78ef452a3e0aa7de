import type { NatsConnection } from "@nats-io/transport-node";
import type { Closeable } from "../../core/closeable.js";
import { tooLarge } from "../../core/errors.js";
import {
  SharedNatsConnection,
  type SharedNatsConnectionOptions,
} from "../../transport/nats/nats-connection.js";
import { subjectOf } from "../../transport/nats/subject.js";
import type { Backend, EnvelopeHandler, ReceiveOptions } from "../backend.js";
import { NatsSubscription } from "./subscription.js";

/** Plain NATS, which delivers at most once. Sending resolves when the server has received the message. */
export class NatsBackend implements Backend {
  readonly #connection: SharedNatsConnection;
  /**
   * Subscriptions without a queue, by topic. Shared, so that a message arrives once for all subscribers of this
   * process.
   */
  readonly #shared = new Map<string, NatsSubscription>();
  readonly #subscriptions = new Set<NatsSubscription>();

  constructor(options: Pick<SharedNatsConnectionOptions, "addresses" | "tls">) {
    const onReconnect = () => {
      for (const subscription of this.#subscriptions) subscription.missed("reconnected to the server");
    };
    this.#connection = new SharedNatsConnection({
      ...options,
      id: "go.micro.broker",
      reason: "BROKER_UNREACHABLE",
      onReconnect,
    });
  }

  get address(): string {
    return this.#connection.address;
  }

  async open(): Promise<void> {
    await this.#connection.open();
  }

  send(topic: string, envelope: string): Promise<void> {
    const { live } = this.#connection;
    if (live) return this.#send(live, topic, envelope);
    return this.#connection.open().then((connection) => this.#send(connection, topic, envelope));
  }

  #send(connection: NatsConnection, topic: string, envelope: string): Promise<void> {
    const payload = Buffer.from(envelope);
    refuseTooLarge(topic, payload, this.#connection.maxPayload);
    connection.publish(subjectOf(topic), payload);
    return this.#connection.flush();
  }

  async receive(
    topic: string,
    handler: EnvelopeHandler,
    { queue, maxInFlight }: ReceiveOptions,
  ): Promise<Closeable> {
    const connection = await this.#connection.open();
    const subscription = this.#subscription(connection, topic, queue);
    const leave = subscription.join(handler, maxInFlight);
    const close = async () => {
      leave();
      if (!subscription.unused) return;
      this.#subscriptions.delete(subscription);
      if (this.#shared.get(topic) === subscription) this.#shared.delete(topic);
      subscription.end();
      await this.#connection.flush().catch(() => undefined);
    };
    try {
      await this.#connection.flush();
    } catch (error) {
      await close(); // otherwise a retry would subscribe twice
      throw error;
    }
    return { close, [Symbol.asyncDispose]: close };
  }

  #subscription(connection: NatsConnection, topic: string, queue: string | undefined): NatsSubscription {
    const shared = queue === undefined ? this.#shared.get(topic) : undefined;
    if (shared) return shared;
    const subscription = new NatsSubscription(connection, topic, queue);
    this.#subscriptions.add(subscription);
    if (queue === undefined) this.#shared.set(topic, subscription);
    return subscription;
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** @throws {MicroError} 413 if the message exceeds the server's limit. */
export function refuseTooLarge(topic: string, { length: size }: Buffer, limit: number): void {
  if (size <= limit) return;
  throw tooLarge(
    "go.micro.broker",
    `publish "${topic}": ${size} bytes with its header, limit of the server ${limit}`,
  );
}
