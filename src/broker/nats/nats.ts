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

/** NATS as it is: at most once. Sending resolves when the server has the message. */
export class NatsBackend implements Backend {
  readonly #link: SharedNatsConnection;
  /** Those without a queue, by topic: they share one subscription, so that a message comes once for all of them. */
  readonly #shared = new Map<string, NatsSubscription>();
  readonly #subscriptions = new Set<NatsSubscription>();

  constructor(options: Pick<SharedNatsConnectionOptions, "addresses" | "tls">) {
    const onReconnect = () => {
      for (const subscription of this.#subscriptions) subscription.missed("reconnected to the server");
    };
    this.#link = new SharedNatsConnection({
      ...options,
      id: "go.micro.broker",
      reason: "BROKER_UNREACHABLE",
      onReconnect,
    });
  }

  get address(): string {
    return this.#link.address;
  }

  async open(): Promise<void> {
    await this.#link.open();
  }

  send(topic: string, envelope: string): Promise<void> {
    const { live } = this.#link;
    if (live) return this.#send(live, topic, envelope);
    return this.#link.open().then((connection) => this.#send(connection, topic, envelope));
  }

  #send(connection: NatsConnection, topic: string, envelope: string): Promise<void> {
    const payload = Buffer.from(envelope);
    refuseTooLarge(topic, payload, this.#link.maxPayload);
    connection.publish(subjectOf(topic), payload);
    return this.#link.flush();
  }

  async receive(
    topic: string,
    handler: EnvelopeHandler,
    { queue, maxInFlight }: ReceiveOptions,
  ): Promise<Closeable> {
    const connection = await this.#link.open();
    const subscription = this.#subscription(connection, topic, queue);
    const leave = subscription.join(handler, maxInFlight);
    const close = async () => {
      leave();
      if (!subscription.unused) return;
      this.#subscriptions.delete(subscription);
      if (this.#shared.get(topic) === subscription) this.#shared.delete(topic);
      subscription.end();
      await this.#link.flush().catch(() => undefined);
    };
    try {
      await this.#link.flush();
    } catch (error) {
      await close(); // else whoever tries again has it twice
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
    return this.#link.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** @throws {MicroError} 413 when the server would not take a message of that size. */
export function refuseTooLarge(topic: string, { length: size }: Buffer, limit: number): void {
  if (size <= limit) return;
  throw tooLarge(
    "go.micro.broker",
    `publish "${topic}": ${size} bytes with its header, limit of the server ${limit}`,
  );
}
