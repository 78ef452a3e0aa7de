import { spread } from "../../core/time/backoff.js";
import { sleep } from "../../core/time/clock.js";

/** Milliseconds after which a name is read again, ± 20 %; after its watch began; and between looks at who is due. */
const period = 60_000;
const soon = 2000;
const tick = 500;

/** Has each name read again once a minute, one after the other, in case a watch missed something. */
export class PeriodicResync {
  /** Resolves when it is over. */
  readonly ended: Promise<void>;
  readonly #due = new Map<string, number>();
  readonly #read: (name: string) => Promise<void>;

  constructor(read: (name: string) => Promise<void>, signal: AbortSignal) {
    this.#read = read;
    this.ended = this.#run(signal);
  }

  /** Reads `name` from now on; soon at first, since something may have happened before its watch began. */
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
