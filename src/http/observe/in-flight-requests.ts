import { systemClock } from "../../core/time/clock.js";

/** Counts the requests in flight. */
export class InFlightRequests {
  #count = 0;
  #none: () => void = () => {};

  begin(): void {
    this.#count++;
  }

  end(): void {
    this.#count--;
    if (this.#count === 0) this.#none();
  }

  /** Resolves when no request is in flight, or after `timeout` milliseconds. */
  async over(timeout: number): Promise<void> {
    if (this.#count === 0) return;
    await new Promise<void>((resolve) => {
      const timer = systemClock.schedule(timeout, resolve);
      this.#none = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}
