import type { Service } from "../../../core/service.js";
import type { HttpSubscription } from "./subscription.js";

const none: readonly HttpSubscription[] = [];

/** The subscriptions of one broker. */
export class LocalSubscriptions {
  readonly #byId = new Map<string, HttpSubscription>();
  /** Those without a queue. A list is replaced, never changed: somebody may be going through it. */
  readonly #broadcast = new Map<string, readonly HttpSubscription[]>();

  /** Grows with each that comes or goes. */
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

  /** Those of `topic` that have no queue. */
  readonly broadcast = (topic: string): readonly HttpSubscription[] => this.#broadcast.get(topic) ?? none;

  all(): HttpSubscription[] {
    return [...this.#byId.values()];
  }

  /** Those of `topic`, as they are in the registry. */
  services(topic: string): readonly Service[] {
    return this.all()
      .filter((subscription) => subscription.topic === topic)
      .map(({ service }) => service);
  }
}
