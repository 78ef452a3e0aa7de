/**
 * What a blocking query watches: service names, all instances with their nodes, one service's instances and checks, all
 * checks, nodes, or keys (of which there are none).
 */
export type Topic = "services" | "instances" | "checks" | "node" | "keys" | `service:${string}`;

/** One counter for all changes, its last value per topic, and the watchers of each topic. */
export class Indexes {
  #last = 1;
  /** Index of topics that are not stored: at least the last index that any of them had. */
  #dropped = 1;
  readonly #topics = new Map<Topic, number>();
  readonly #watchers = new Map<Topic, Set<() => void>>();
  #watching = 0;

  get watching(): number {
    return this.#watching;
  }

  /** Returns the index of the last change in `topic`. A change of the node's own checks shows in every topic. */
  of(topic: Topic): number {
    const own = this.#topics.get(topic) ?? (topic.startsWith("service:") ? this.#dropped : 1);
    return topic === "services" ? own : Math.max(own, this.#topics.get("node") ?? 1);
  }

  /** Counts one change. */
  next(): number {
    this.#last += 1;
    return this.#last;
  }

  /** Counts one change that shows in each of `topics`. */
  change(...topics: readonly Topic[]): number {
    const index = this.next();
    for (const topic of topics) this.#topics.set(topic, index);
    return index;
  }

  /** Removes a topic. Its watchers see a changed index. */
  drop(topic: Topic): void {
    this.#topics.delete(topic);
    this.#dropped = this.#last;
  }

  /** Notifies the watchers of `topics`; all watchers, if the node is among them. */
  wake(...topics: readonly Topic[]): void {
    const affected = topics.includes("node") ? [...this.#watchers.keys()] : topics;
    for (const topic of affected) for (const notify of [...(this.#watchers.get(topic) ?? [])]) notify();
  }

  /** Calls `notify` at each change of `topic` until the returned function is called. */
  watch(topic: Topic, notify: () => void): () => void {
    const watchers = this.#watchers.get(topic) ?? new Set();
    this.#watchers.set(topic, watchers.add(notify));
    this.#watching += 1;
    return () => {
      if (!watchers.delete(notify)) return;
      this.#watching -= 1;
      if (watchers.size === 0 && this.#watchers.get(topic) === watchers) this.#watchers.delete(topic);
    };
  }
}
