import { systemClock } from "../../../core/time/clock.js";

/** Shortest sleep in milliseconds, also when woken. Keeps callers from looping. */
const shortest = 50;

/** Sleeps that can all be ended early by one call. */
export class InterruptibleSleep {
  readonly #wakers = new Set<() => void>();

  /** Waits `ms` milliseconds, or less if woken. Resolves at once when `signal` aborts. */
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
