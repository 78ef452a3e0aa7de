import { systemClock } from "../../../core/time/clock.js";

/** Milliseconds that a sleep lasts at least: waking must not become a busy loop. */
const shortest = 50;

/** Sleeps that can be ended early, all at once. */
export class InterruptibleSleep {
  readonly #wakers = new Set<() => void>();

  /** Waits `ms`, or less when woken. Ends at once, quietly, when `signal` aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const started = performance.now();
      const done = () => {
        timer.cancel();
        this.#wakers.delete(wake);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const wake = () => {
        timer.cancel();
        timer = systemClock.schedule(started + shortest - performance.now(), done);
      };
      let timer = systemClock.schedule(ms, done);
      this.#wakers.add(wake);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  wake(): void {
    for (const wake of this.#wakers) wake();
  }
}
