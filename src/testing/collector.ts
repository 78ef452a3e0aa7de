import type { Message } from "../core/message.js";
import { systemClock } from "../core/time/clock.js";

/** Collects the messages of a handler, and waits for them. */
export class Collector<Item = Message> {
  /** What was added so far, in order. */
  readonly items: Item[] = [];
  #wake: (() => void)[] = [];

  /** Adds an item, and wakes those that wait. */
  add(item: Item): void {
    this.items.push(item);
    for (const wake of this.#wake.splice(0)) wake();
  }

  /**
   * Resolves with the items once `enough` returns true. `deadline` is in milliseconds.
   * @throws {Error} after the deadline.
   */
  async until(enough: (items: readonly Item[]) => boolean, deadline = 20_000): Promise<readonly Item[]> {
    const end = performance.now() + deadline;
    while (!enough(this.items)) {
      const left = end - performance.now();
      if (left <= 0) throw new Error(`not enough after ${deadline}ms: ${this.items.length} items`);
      await this.#next(left);
    }
    return this.items;
  }

  /**
   * Resolves with the items once there are `count`. `deadline` is in milliseconds, default 20,000.
   * @throws {Error} after the deadline.
   */
  atLeast(count: number, deadline?: number): Promise<readonly Item[]> {
    return this.until((items) => items.length >= count, deadline);
  }

  #next(timeout: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = systemClock.schedule(timeout, resolve);
      this.#wake.push(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}
