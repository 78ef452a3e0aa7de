import { systemClock } from "../core/clock.js";
import type { Message } from "../core/message.js";

/** Collects what a handler was given, and waits for it. */
export class Collector<Item = Message> {
  readonly items: Item[] = [];
  #wake: (() => void)[] = [];

  add(item: Item): void {
    this.items.push(item);
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** Resolves once `enough` holds. @throws when it does not within `deadline` ms. */
  async until(enough: (items: readonly Item[]) => boolean, deadline = 20_000): Promise<readonly Item[]> {
    const end = performance.now() + deadline;
    while (!enough(this.items)) {
      const left = end - performance.now();
      if (left <= 0) throw new Error(`not enough after ${deadline}ms: ${this.items.length} items`);
      await this.#next(left);
    }
    return this.items;
  }

  /** Resolves with the first `count` items or more. */
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
