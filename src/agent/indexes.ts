/**
 * What a blocking query waits for: the names, all instances with their nodes, one name's instances and checks, all
 * checks, the nodes, keys (there are none).
 */
export type Topic = "services" | "instances" | "checks" | "node" | "keys" | `service:${string}`;

/** One counter for all changes, remembered per topic, and who waits for which. */
export class Indexes {
  #last = 1;
  /** Stands for every topic that is not remembered: it is at least what each of them had. */
  #dropped = 1;
  readonly #topics = new Map<Topic, number>();
  readonly #watchers = new Map<Topic, Set<() => void>>();
  #watching = 0;

  get watching(): number {
    return this.#watching;
  }

  /** The index of the last change that `topic` shows. A change of the node's own checks shows in every topic. */
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

  /** Forgets a topic that is gone; whoever still watches it sees an index that moved. */
  drop(topic: Topic): void {
    this.#topics.delete(topic);
    this.#dropped = this.#last;
  }

  /** Tells all who wait for one of `topics`; everyone, when it is the node. */
  wake(...topics: readonly Topic[]): void {
    const woken = topics.includes("node") ? [...this.#watchers.keys()] : topics;
    for (const topic of woken) for (const notify of [...(this.#watchers.get(topic) ?? [])]) notify();
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
