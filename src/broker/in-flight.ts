import { waitAtMost } from "../core/async/with-timeout.js";

/**
 * Most handlers of one subscription that run at the same time. A broker that cannot hold messages back drops further
 * ones.
 */
export const maxInFlight = 1000;

/** Counts work that runs, so that closing can wait for it. */
export class InFlight {
  #count = 0;
  #waiting: { readonly limit: number; readonly resolve: () => void }[] = [];

  get count(): number {
    return this.#count;
  }

  /** Counts `work` until it settles. Calls `failed` if it rejects. */
  add(work: Promise<void>, failed?: (error: unknown) => void): void {
    this.enter();
    work.then(this.leave, (error) => {
      this.leave();
      failed?.(error);
    });
  }

  /** Counts one more until `leave`, for work that is tracked elsewhere. */
  enter(): void {
    this.#count++;
  }

  readonly leave = (): void => {
    this.#count--;
    if (this.#waiting.length > 0) this.#wake();
  };

  #wake(): void {
    const all = this.#waiting;
    this.#waiting = all.filter(({ limit }) => this.#count >= limit);
    for (const { limit, resolve } of all) if (this.#count < limit) resolve();
  }

  /** Resolves when fewer than `limit` are running. */
  below(limit: number): Promise<void> {
    if (this.#count < limit) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ limit, resolve }));
  }

  /** Resolves when nothing is running, at the latest after `timeout` milliseconds. */
  async idle(timeout: number): Promise<void> {
    await waitAtMost(this.below(1), timeout);
  }
}
