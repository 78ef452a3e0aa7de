import { randomUUID } from "node:crypto";
import type { Abortable } from "../../core/closeable.js";
import { tooLarge, unavailable } from "../../core/errors.js";
import { type Log, silent } from "../../core/log.js";
import type { Message } from "../../core/message.js";
import type { Node, Service } from "../../core/service.js";
import type { Registry } from "../../registry/registry.js";
import type { TlsOptions } from "../../transport/transport.js";
import type { PublicationHandler } from "../acknowledge.js";
import type { Broker, SubscribeOptions, Subscription } from "../broker.js";
import { maxBody } from "../envelope.js";
import { fanOut } from "../fan-out.js";
import { ReceivingPort } from "./port.js";
import { Registration } from "./registration.js";
import { Sender } from "./sender.js";
import { Subscribers } from "./subscribers.js";
import { HttpSubscription } from "./subscription.js";
import { subscriberGroups, subscriberService, withOwn } from "./topic.js";

export interface HttpBrokerOptions {
  /** Where subscribers register; the broker does not close it. */
  readonly registry: Registry;
  /** `host:port` to receive on. Default 127.0.0.1 and a free port. */
  readonly address?: string;
  /** The host, or `host:port`, that publishers are told. Default: one at which the bound address is reachable. */
  readonly advertise?: string;
  readonly tls?: TlsOptions;
  /** False leaves HTTP alone between two of ours. Default true. */
  readonly mux?: boolean;
  /** Milliseconds for one subscriber to acknowledge a message. Default 5000. */
  readonly timeout?: number;
  /** Milliseconds that a handler under `autoAck: false` has for `ack`. Default 30,000. */
  readonly ackWait?: number;
  /** Milliseconds a subscriber stays registered without renewal, and between renewals. Default 30,000 and 10,000. */
  readonly ttl?: number;
  readonly interval?: number;
  readonly log?: Log;
}

/**
 * Posts each message to every subscriber, which is found in the registry, as the brokers of Go services do. Nothing
 * is stored: publishing resolves when every subscriber, and one of each queue, acknowledged.
 */
export class HttpBroker implements Broker {
  readonly name = "http";
  readonly #options: HttpBrokerOptions;
  readonly #id = `broker-${randomUUID()}`;
  readonly #subscriptions = new Map<string, HttpSubscription>();
  readonly #port: ReceivingPort;
  readonly #sender: Sender;
  readonly #subscribers: Subscribers;
  #closed: Promise<void> | undefined;

  constructor(options: HttpBrokerOptions) {
    this.#options = options;
    this.#sender = new Sender(options);
    this.#subscribers = new Subscribers(options.registry, options.log ?? silent);
    this.#port = new ReceivingPort(async (id, topic, message) => {
      const subscription = this.#subscriptions.get(id);
      if (subscription?.topic !== topic) return false;
      await subscription.deliver(message);
      return true;
    }, options);
  }

  get address(): string {
    return this.#port.address;
  }

  async connect(options: Abortable = {}): Promise<void> {
    options.signal?.throwIfAborted();
    this.#refuseClosed();
    await this.#port.open();
  }

  async publish(topic: string, message: Message, options: Abortable = {}): Promise<void> {
    options.signal?.throwIfAborted();
    this.#refuseClosed();
    if (message.body.length > maxBody)
      throw tooLarge("go.micro.broker", `publish "${topic}": ${message.body.length} bytes, limit ${maxBody}`);
    const known = this.#subscribers.of(topic, options);
    const versions = known instanceof Promise ? await known : known;
    const groups = subscriberGroups(
      this.#subscriptions.size === 0 ? versions : this.#withOwn(topic, versions),
    );
    const send = this.#sender.prepare(topic, message, options);
    await fanOut(topic, groups, {
      deliver: (target) => this.#subscriptions.get(target.node.id)?.deliver(message) ?? send(target),
      name: ({ node }) => node.id,
    });
  }

  async subscribe(
    topic: string,
    handler: PublicationHandler,
    options: SubscribeOptions = {},
  ): Promise<Subscription> {
    await this.connect(options);
    const { registry, ackWait, log = silent } = this.#options;
    const node = this.#node();
    const service = subscriberService(topic, options.queue, node);
    const registration = new Registration(registry, service, { ...this.#options, log });
    const subscription = new HttpSubscription(service, handler, { ...options, ackWait }, async () => {
      this.#subscriptions.delete(node.id);
      await registration.close();
    });
    this.#subscriptions.set(node.id, subscription);
    try {
      await registration.start(options.signal);
    } catch (error) {
      await subscription.close();
      throw error;
    }
    return subscription;
  }

  #withOwn(topic: string, known: readonly Service[]): readonly Service[] {
    const own = [...this.#subscriptions.values()].filter((subscription) => subscription.topic === topic);
    return withOwn(
      known,
      own.map(({ service }) => service),
      ({ id }) => id.startsWith(this.#id),
    );
  }

  #node(): Node {
    const { host, port } = this.#port.advertised;
    const metadata = { secure: String(this.#options.tls?.cert !== undefined), mux: "1" };
    return { id: `${this.#id}.${randomUUID()}`, address: host, port, metadata };
  }

  #refuseClosed(): void {
    if (this.#closed) throw unavailable("go.micro.broker", "broker closed", { reason: "BROKER_UNREACHABLE" });
  }

  /** Takes every subscriber out of the registry, then the port away. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#subscriptions.values()].map((subscription) => subscription.close()));
    await this.#port.close();
    await this.#sender.close();
    await this.#subscribers.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
