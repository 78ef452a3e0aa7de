import { randomUUID } from "node:crypto";
import type { Abortable } from "../core/closeable.js";
import { tooLarge } from "../core/errors.js";
import { type Log, silent } from "../core/log/log.js";
import type { Message } from "../core/message.js";
import { acknowledged, type PublicationHandler } from "./acknowledge.js";
import type { Broker, SubscribeOptions, Subscription } from "./broker.js";
import { maxBody } from "./envelope.js";
import { errorForPublisher } from "./error-for-publisher.js";
import { fanOut, type Group, inRandomOrder } from "./fan-out.js";
import { PublishDeadline } from "./publish-deadline.js";
import { refuseClosed } from "./refuse-closed.js";
import { requireTopic } from "./require-topic.js";
import { withoutCredentials } from "./without-credentials.js";

/** The subscribers of one process. Brokers that share an exchange reach each other. */
export class MemoryExchange {
  readonly #topics = new Map<string, Set<MemorySubscription>>();

  add(subscription: MemorySubscription): void {
    const known = this.#topics.get(subscription.topic);
    if (known) known.add(subscription);
    else this.#topics.set(subscription.topic, new Set([subscription]));
  }

  delete(subscription: MemorySubscription): void {
    const known = this.#topics.get(subscription.topic);
    known?.delete(subscription);
    if (known?.size === 0) this.#topics.delete(subscription.topic);
  }

  /** Returns each subscriber without a queue as a group of its own, and the members of each queue in random order. */
  groups(topic: string): readonly Group<MemorySubscription>[] {
    const groups = new Map<unknown, MemorySubscription[]>();
    for (const subscription of this.#topics.get(topic) ?? []) {
      const key = subscription.queue ?? subscription;
      const members = groups.get(key);
      if (members) members.push(subscription);
      else groups.set(key, [subscription]);
    }
    return [...groups.values()].map(inRandomOrder);
  }
}

/** A broker inside one process. Publishing resolves when every matching subscriber has acknowledged. */
export class MemoryBroker implements Broker {
  readonly name = "memory";
  readonly #exchange: MemoryExchange;
  /** Receives what subscribers throw for messages of this broker. */
  readonly #log: Log;
  readonly #deadline: PublishDeadline;
  readonly #subscriptions = new Set<MemorySubscription>();
  #address = "";
  #closed = false;

  /** `timeout` is the milliseconds that one subscriber has to acknowledge. Default 5000. */
  constructor(exchange: MemoryExchange = new MemoryExchange(), log: Log = silent, timeout?: number) {
    this.#exchange = exchange;
    this.#log = log;
    this.#deadline = new PublishDeadline(timeout);
  }

  get address(): string {
    return this.#address;
  }

  async connect(options: Abortable = {}): Promise<void> {
    options.signal?.throwIfAborted();
    refuseClosed(this.#closed);
    this.#address = "memory";
  }

  async publish(topic: string, message: Message, options: Abortable = {}): Promise<void> {
    options.signal?.throwIfAborted();
    refuseClosed(this.#closed);
    requireTopic(topic, "publish");
    if (message.body.length > maxBody)
      throw tooLarge("go.micro.broker", `publish "${topic}": ${message.body.length} bytes, limit ${maxBody}`);
    const stripped = withoutCredentials(message);
    await fanOut(topic, this.#exchange.groups(topic), {
      deliver: (subscription) => this.#deliver(subscription, stripped),
      name: ({ id }) => id,
    });
  }

  #deliver(subscription: MemorySubscription, message: Message): Promise<void> {
    return this.#deadline.within(subscription.deliver(message), (error) =>
      errorForPublisher(subscription.topic, error, this.#log),
    );
  }

  async subscribe(
    topic: string,
    handler: PublicationHandler,
    options: SubscribeOptions = {},
  ): Promise<Subscription> {
    requireTopic(topic, "subscribe");
    await this.connect(options);
    const subscription = new MemorySubscription(topic, handler, options, () => {
      this.#exchange.delete(subscription);
      this.#subscriptions.delete(subscription);
    });
    this.#exchange.add(subscription);
    this.#subscriptions.add(subscription);
    return subscription;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const subscription of this.#subscriptions) await subscription.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

class MemorySubscription implements Subscription {
  readonly topic: string;
  readonly queue: string | undefined;
  readonly id = `memory-${randomUUID()}`;
  readonly #handler: PublicationHandler;
  readonly #options: SubscribeOptions;
  readonly #leave: () => void;

  constructor(topic: string, handler: PublicationHandler, options: SubscribeOptions, leave: () => void) {
    this.topic = topic;
    this.queue = options.queue;
    this.#handler = handler;
    this.#options = options;
    this.#leave = leave;
  }

  deliver(message: Message): Promise<void> {
    return acknowledged(this.topic, message, this.#handler, this.#options);
  }

  async close(): Promise<void> {
    this.#leave();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
