/** What goes first when every connection is taken: entries that must not lapse, what a caller waits for, upkeep. */
export type Priority = "keep" | "lookup" | "refresh";

/** One in line. */
interface Waiting {
  readonly priority: number;
  readonly enter: () => void;
}

const order: readonly Priority[] = ["keep", "lookup", "refresh"];

/** Runs a limited number of tasks at a time; the others wait in line, by priority and then by age. */
export class PrioritySemaphore {
  readonly #line: Waiting[] = [];
  #limit: number;
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Tasks at a time from now on; those that run already are left alone. */
  set limit(limit: number) {
    this.#limit = limit;
    this.#admit();
  }

  /** @throws the reason of `signal` when it aborts before the task begins. */
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
      const next = this.#line.shift();
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
        this.#line.splice(this.#line.indexOf(waiting), 1);
        reject(signal?.reason);
      };
      const behind = this.#line.findIndex((other) => other.priority > priority);
      this.#line.splice(behind < 0 ? this.#line.length : behind, 0, waiting);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }
}
