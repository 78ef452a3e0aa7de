import type { Broker, Publication, Subscription } from "../../broker/broker.js";
import { EncodedMessage } from "./encoded-message.js";

/** Receives the messages of a subscription. A message that it rejects is not acknowledged. */
export interface TopicSubscriber {
  deliver(message: EncodedMessage): Promise<void> | void;
  /** Messages may have been missed. */
  gap(topic: string, reason: string): void;
}

interface Shared {
  readonly subscribers: Set<TopicSubscriber>;
  readonly subscription: Promise<Subscription>;
}

/**
 * Shares broker subscriptions among many clients. Those without a queue use one subscription per topic, so that the
 * broker delivers each message once and it is encoded once.
 */
export class Topics {
  readonly #broker: Broker;
  readonly #shared = new Map<string, Shared>();

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** Resolves once the subscription is active, with a function that ends it. */
  async subscribe(
    topic: string,
    queue: string | undefined,
    subscriber: TopicSubscriber,
  ): Promise<() => void> {
    if (queue) {
      const subscription = await this.#open(topic, queue, () => [subscriber]);
      return () => void subscription.close().catch(() => {});
    }
    const shared = this.#shared.get(topic) ?? this.#share(topic);
    shared.subscribers.add(subscriber);
    const leave = () => this.#leave(topic, shared, subscriber);
    await shared.subscription.catch((error: unknown) => {
      leave();
      throw error;
    });
    return leave;
  }

  #share(topic: string): Shared {
    const subscribers = new Set<TopicSubscriber>();
    const shared = { subscribers, subscription: this.#open(topic, undefined, () => subscribers) };
    this.#shared.set(topic, shared);
    return shared;
  }

  #leave(topic: string, shared: Shared, subscriber: TopicSubscriber): void {
    if (!shared.subscribers.delete(subscriber) || shared.subscribers.size > 0) return;
    if (this.#shared.get(topic) === shared) this.#shared.delete(topic);
    shared.subscription.then((subscription) => subscription.close()).catch(() => {});
  }

  #open(
    topic: string,
    queue: string | undefined,
    subscribers: () => Iterable<TopicSubscriber>,
  ): Promise<Subscription> {
    const handler = async ({ message }: Publication) => {
      const encoded = new EncodedMessage(topic, message);
      const waiting: Promise<void>[] = [];
      for (const subscriber of subscribers()) {
        const delivered = subscriber.deliver(encoded);
        if (delivered) waiting.push(delivered);
      }
      encoded.release();
      await Promise.all(waiting);
    };
    const onGap = (reason: string) => {
      for (const subscriber of subscribers()) subscriber.gap(topic, reason);
    };
    return this.#broker.subscribe(topic, handler, { onGap, ...(queue && { queue }) });
  }
}
