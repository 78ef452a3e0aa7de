/** Milliseconds that a sleep lasts at least: waking must not become a busy loop. */
const shortest = 50;

/** Sleeps that can be ended early, all at once. */
export class Wakeable {
  readonly #wakers = new Set<() => void>();

  /** Waits `ms`, or less when woken. Ends at once, quietly, when `signal` aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const started = performance.now();
      const done = () => {
        clearTimeout(timer);
        this.#wakers.delete(wake);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const wake = () => {
        clearTimeout(timer);
        timer = setTimeout(done, Math.max(0, started + shortest - performance.now()));
      };
      let timer = setTimeout(done, ms);
      this.#wakers.add(wake);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  wake(): void {
    for (const wake of this.#wakers) wake();
  }
}
