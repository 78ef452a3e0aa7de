import type { Closeable } from "../core/closeable.js";

/** Milliseconds between two checks for expired deadlines. */
const tick = 100;

/**
 * Deadlines on a clock that counts only time in which this process ran. While the agent was suspended or stalled, it
 * could not receive renewals, so that time does not count.
 */
export class Expiry implements Closeable {
  readonly #due = new Map<string, { readonly at: number; readonly action: () => void }>();
  #elapsed = 0;
  #measuredAt = performance.now();
  #timer: NodeJS.Timeout | undefined;

  /** Runs `action` after `after` milliseconds of running time. Replaces an earlier deadline with the same key. */
  set(key: string, after: number, action: () => void): void {
    this.#measure();
    this.#due.set(key, { at: this.#elapsed + after, action });
    this.#timer ??= setInterval(() => this.#runDue(), tick);
  }

  clear(key: string): void {
    this.#due.delete(key);
  }

  has(key: string): boolean {
    return this.#due.has(key);
  }

  #runDue(): void {
    this.#measure();
    for (const [key, { at, action }] of this.#due) {
      if (at > this.#elapsed || !this.#due.delete(key)) continue;
      action();
    }
    if (this.#due.size === 0) this.#stop();
  }

  #measure(): void {
    const now = performance.now();
    this.#elapsed += Math.min(now - this.#measuredAt, 5 * tick);
    this.#measuredAt = now;
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
