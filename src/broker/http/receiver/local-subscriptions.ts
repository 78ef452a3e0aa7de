import type { Service } from "../../../core/service.js";
import type { HttpSubscription } from "./subscription.js";

const none: readonly HttpSubscription[] = [];

/** The subscriptions of one broker. */
export class LocalSubscriptions {
  readonly #byId = new Map<string, HttpSubscription>();
  /** Subscriptions without a queue, by topic. Lists are replaced, not changed, because others may be iterating them. */
  readonly #broadcast = new Map<string, readonly HttpSubscription[]>();

  /** Counts additions and removals. */
  changes = 0;

  get size(): number {
    return this.#byId.size;
  }

  add(subscription: HttpSubscription): void {
    this.changes++;
    this.#byId.set(subscription.id, subscription);
    if (subscription.queue === undefined)
      this.#broadcast.set(subscription.topic, [...this.broadcast(subscription.topic), subscription]);
  }

  delete(subscription: HttpSubscription): void {
    this.changes++;
    this.#byId.delete(subscription.id);
    const left = this.broadcast(subscription.topic).filter((other) => other !== subscription);
    if (left.length > 0) this.#broadcast.set(subscription.topic, left);
    else this.#broadcast.delete(subscription.topic);
  }

  get(id: string): HttpSubscription | undefined {
    return this.#byId.get(id);
  }

  /** Returns those of `topic` without a queue. */
  readonly broadcast = (topic: string): readonly HttpSubscription[] => this.#broadcast.get(topic) ?? none;

  all(): HttpSubscription[] {
    return [...this.#byId.values()];
  }

  /** Returns those of `topic`, as they are registered. */
  services(topic: string): readonly Service[] {
    return this.all()
      .filter((subscription) => subscription.topic === topic)
      .map(({ service }) => service);
  }
}
