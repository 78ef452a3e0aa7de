import type { Closeable } from "../core/closeable.js";

/** Milliseconds between two looks at what is due. */
const tick = 100;

/**
 * Deadlines on a clock that only counts time in which this process ran: a renewal that came while the agent was
 * suspended or stalled was not heard, so that time counts for nobody.
 */
export class Expiry implements Closeable {
  readonly #due = new Map<string, { readonly at: number; readonly action: () => void }>();
  #lived = 0;
  #seen = performance.now();
  #timer: NodeJS.Timeout | undefined;

  /** Runs `action` once `after` ms have been lived, in place of what was set under `key`. */
  set(key: string, after: number, action: () => void): void {
    this.#look();
    this.#due.set(key, { at: this.#lived + after, action });
    this.#timer ??= setInterval(() => this.#run(), tick);
  }

  clear(key: string): void {
    this.#due.delete(key);
  }

  has(key: string): boolean {
    return this.#due.has(key);
  }

  #run(): void {
    this.#look();
    for (const [key, { at, action }] of this.#due) {
      if (at > this.#lived || !this.#due.delete(key)) continue;
      action();
    }
    if (this.#due.size === 0) this.#stop();
  }

  #look(): void {
    const now = performance.now();
    this.#lived += Math.min(now - this.#seen, 5 * tick);
    this.#seen = now;
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async close(): Promise<void> {
    this.#due.clear();
    this.#stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
