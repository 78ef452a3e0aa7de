import { randomUUID } from "node:crypto";
import { orAbort } from "../../core/async/or-abort.js";
import type { Abortable } from "../../core/closeable.js";
import { type MicroError, tooLarge } from "../../core/errors.js";
import { type Log, silent } from "../../core/log/log.js";
import type { Message } from "../../core/message.js";
import type { Node } from "../../core/service.js";
import type { Catalog } from "../../registry/catalog/catalog.js";
import { withMachineId } from "../../registry/machine.js";
import { Registration } from "../../registry/registration/registration.js";
import type { Registry } from "../../registry/registry.js";
import type { TlsOptions } from "../../transport/transport.js";
import { defaultAckWait, type PublicationHandler } from "../acknowledge.js";
import type { Broker, SubscribeOptions, Subscription } from "../broker.js";
import { maxBody } from "../envelope.js";
import { errorForPublisher } from "../error-for-publisher.js";
import { deliverToOne, type Group, inRandomOrder } from "../fan-out.js";
import { PublishDeadline } from "../publish-deadline.js";
import { refuseClosed } from "../refuse-closed.js";
import { requireTopic } from "../require-topic.js";
import { withoutCredentials } from "../without-credentials.js";
import { type DeliveryPlan, DeliveryPlans, type Recipient } from "./publisher/delivery-plan.js";
import { PendingPublication } from "./publisher/pending-publication.js";
import { Sender } from "./publisher/sender.js";
import { SubscriberLookup } from "./publisher/subscriber-lookup.js";
import { LocalSubscriptions } from "./receiver/local-subscriptions.js";
import { ReceiverServer } from "./receiver/receiver-server.js";
import { HttpSubscription } from "./receiver/subscription.js";
import { subscriberService } from "./wire/topic.js";

export interface HttpBrokerOptions {
  /** Where subscribers register. Not closed by the broker. */
  readonly registry: Registry;
  /** A live copy of that registry. Not closed by the broker. Default: one of its own. */
  readonly catalog?: Catalog;
  /** `host:port` to receive on. Default: 127.0.0.1 and a free port. */
  readonly address?: string;
  /** The host, or `host:port`, to register for publishers. Default: an address at which the bound one is reachable. */
  readonly advertise?: string;
  readonly tls?: TlsOptions;
  /** False uses plain HTTP also between brokers of this toolkit. Default true. */
  readonly mux?: boolean;
  /** Milliseconds for one subscriber to acknowledge a message. Default 5000. */
  readonly timeout?: number;
  /** Milliseconds for a handler to call `ack` under `autoAck: false`. Default 30,000. */
  readonly ackWait?: number;
  /** Milliseconds after which a subscriber expires unless renewed. Default 30,000. */
  readonly ttl?: number;
  /** Milliseconds between renewals. Default 10,000. */
  readonly interval?: number;
  readonly log?: Log;
}

const fix = "subscribe with --broker_address=0.0.0.0:0, or --server_advertise=HOST";

const none: readonly MicroError[] = [];

/**
 * Sends each message to every subscriber found in the registry, as the HTTP brokers of Go services do. Nothing is
 * stored. `publish` resolves when every subscriber without a queue, and one member of each queue, has acknowledged.
 */
export class HttpBroker implements Broker {
  readonly name = "http";
  readonly #options: HttpBrokerOptions;
  readonly #id = `broker-${randomUUID()}`;
  readonly #own = new LocalSubscriptions();
  readonly #plans = new DeliveryPlans(this.#own, ({ id }) => id.startsWith(this.#id));
  readonly #receiver: ReceiverServer;
  readonly #sender: Sender;
  readonly #subscribers: SubscriberLookup;
  readonly #deadline: PublishDeadline;
  #closed: Promise<void> | undefined;

  constructor(options: HttpBrokerOptions) {
    this.#options = options;
    this.#sender = new Sender(options);
    this.#subscribers = new SubscriberLookup(options.registry, options);
    this.#deadline = new PublishDeadline(options.timeout);
    const receive = async (id: string, topic: string, message: Message) => {
      const subscription = this.#own.get(id);
      if (subscription?.topic !== topic) return false;
      await subscription.deliver(message).catch((error: unknown) => {
        throw this.#publisherError(topic, error);
      });
      return true;
    };
    const { ackWait = defaultAckWait, log = silent } = options;
    const publisherError = this.#publisherError.bind(this);
    const subscribers = {
      name: this.#id,
      receive,
      broadcast: this.#own.broadcast,
      publisherError,
      ackWait,
      log,
    };
    this.#receiver = new ReceiverServer(subscribers, options);
  }

  get address(): string {
    return this.#receiver.address;
  }

  async connect(options: Abortable = {}): Promise<void> {
    options.signal?.throwIfAborted();
    refuseClosed(this.#closed !== undefined);
    await this.#receiver.open();
  }

  publish(topic: string, message: Message, { signal }: Abortable = {}): Promise<void> {
    const published = new Promise<void>((resolve, reject) => {
      signal?.throwIfAborted();
      refuseClosed(this.#closed !== undefined);
      requireTopic(topic, "publish");
      if (message.body.length > maxBody)
        throw tooLarge(
          "go.micro.broker",
          `publish "${topic}": ${message.body.length} bytes, limit ${maxBody}`,
        );
      const publication = new PendingPublication(topic, withoutCredentials(message), signal, {
        resolve,
        reject,
      });
      const known = this.#subscribers.of(topic, { signal });
      if (known instanceof Promise)
        known.then((versions) => this.#send(publication, this.#plans.of(topic, versions))).catch(reject);
      else this.#send(publication, this.#plans.of(topic, known));
    });
    return orAbort(published, signal);
  }

  #send(publication: PendingPublication, { ports, singles, queues }: DeliveryPlan): void {
    for (const port of ports) {
      publication.expect(port.nodes.length);
      this.#sender.toPort(port, publication);
    }
    for (const group of singles) void this.#toGroup(publication, group);
    for (const group of queues) void this.#toGroup(publication, inRandomOrder(group));
    publication.sent();
  }

  async #toGroup(publication: PendingPublication, group: Group<Recipient>): Promise<void> {
    publication.expect(1);
    const failure = await deliverToOne(group, {
      deliver: (target) => {
        const own = this.#own.get(target.node.id);
        return own
          ? this.#deadline.within(own.deliver(publication.message), (error) =>
              this.#publisherError(own.topic, error),
            )
          : this.#sender.toOne(target, publication);
      },
      name: ({ node }) => node.id,
    });
    publication.answered(failure ? [failure] : none);
  }

  #publisherError(topic: string, error: unknown): MicroError {
    return errorForPublisher(topic, error, this.#options.log ?? silent);
  }

  async subscribe(
    topic: string,
    handler: PublicationHandler,
    options: SubscribeOptions = {},
  ): Promise<Subscription> {
    requireTopic(topic, "subscribe");
    await this.connect(options);
    const { registry, ackWait, log = silent } = this.#options;
    const id = `${this.#id}.${randomUUID()}`;
    // A function, so that each renewal has the current address of this machine.
    const describe = () => subscriberService(topic, options.queue, this.#node(id));
    const { ttl, interval } = this.#options;
    const kept = { ttl, interval, log, unique: true, strict: true, fix };
    const registration = new Registration(registry, describe, kept);
    const subscription = new HttpSubscription(describe(), handler, { ...options, ackWait }, async () => {
      this.#own.delete(subscription);
      await registration.close();
    });
    this.#own.add(subscription);
    try {
      await registration.start(options.signal);
    } catch (error) {
      await subscription.close();
      throw error;
    }
    return subscription;
  }

  #node(id: string): Node {
    const { host, port } = this.#receiver.advertised;
    const secure = String(this.#options.tls?.cert !== undefined);
    const metadata = { secure, mux: "1", port: this.#id };
    return withMachineId({ id, address: host, port, metadata });
  }

  /** Deregisters all subscribers, then closes the port. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.all(this.#own.all().map((subscription) => subscription.close()));
    await this.#receiver.close();
    await this.#sender.close();
    await this.#subscribers.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
