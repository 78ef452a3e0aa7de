/** Order when all connections are in use: renewals of entries, lookups for a caller, background refreshes. */
export type Priority = "keep" | "lookup" | "refresh";

/** A task in the queue. */
interface Waiting {
  readonly priority: number;
  readonly enter: () => void;
}

const order: readonly Priority[] = ["keep", "lookup", "refresh"];

/** Runs a limited number of tasks at a time. The others wait in a queue, ordered by priority, then by age. */
export class PrioritySemaphore {
  readonly #queue: Waiting[] = [];
  #limit: number;
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Changes the number of tasks at a time. Running tasks continue. */
  set limit(limit: number) {
    this.#limit = limit;
    this.#admit();
  }

  /** Runs `task` when its turn comes. @throws the reason of `signal` if it aborts before that. */
  async run<T>(
    task: () => Promise<T>,
    { priority = "lookup", signal }: { readonly priority?: Priority; readonly signal?: AbortSignal } = {},
  ): Promise<T> {
    await this.#enter(order.indexOf(priority), signal);
    try {
      return await task();
    } finally {
      this.#running -= 1;
      this.#admit();
    }
  }

  #admit(): void {
    while (this.#running < this.#limit) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#running += 1;
      next.enter();
    }
  }

  #enter(priority: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#running < this.#limit) {
      this.#running += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      const waiting = { priority, enter };
      const leave = () => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1);
        reject(signal?.reason);
      };
      const position = this.#queue.findIndex((other) => other.priority > priority);
      this.#queue.splice(position < 0 ? this.#queue.length : position, 0, waiting);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }
}
