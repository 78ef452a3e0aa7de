import { spread } from "../../core/time/backoff.js";
import { sleep } from "../../core/time/clock.js";

/**
 * In milliseconds: time between two reads of a name, ± 20 %; time from the start of its watch to its first read; and
 * time between checks for names that are due.
 */
const period = 60_000;
const soon = 2000;
const tick = 500;

/** Re-reads every name once a minute, one after the other, in case a watch missed a change. */
export class PeriodicResync {
  /** Resolves once it has stopped. */
  readonly ended: Promise<void>;
  readonly #due = new Map<string, number>();
  readonly #read: (name: string) => Promise<void>;

  constructor(read: (name: string) => Promise<void>, signal: AbortSignal) {
    this.#read = read;
    this.ended = this.#run(signal);
  }

  /** Re-reads `name` from now on. The first read is soon, since changes may have happened before its watch started. */
  add(name: string): void {
    this.#due.set(name, performance.now() + soon);
  }

  remove(name: string): void {
    this.#due.delete(name);
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(tick, { signal, ref: false }).catch(() => {});
      const now = performance.now();
      const names = [...this.#due].filter(([, due]) => due <= now).map(([name]) => name);
      for (const name of names) if (!signal.aborted && this.#due.has(name)) await this.#turn(name);
    }
  }

  async #turn(name: string): Promise<void> {
    this.#due.set(name, performance.now() + spread(period));
    await this.#read(name);
  }
}
