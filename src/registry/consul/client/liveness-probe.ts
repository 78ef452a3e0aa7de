/** Milliseconds without an answer after which the registry is probed. */
const period = 5000;

/**
 * Ends waiting queries when the registry turns out to hang: they would notice half a minute later. `check` rejects
 * when it does; it is asked only while something waits, and nothing else was answered lately.
 */
export class LivenessProbe {
  readonly #check: () => Promise<unknown>;
  #waiting = 0;
  #cut = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #answeredAt = 0;

  constructor(check: () => Promise<unknown>) {
    this.#check = check;
  }

  /** Runs `work` with a signal that aborts when the registry hangs. */
  async during<T>(work: (cut: AbortSignal) => Promise<T>): Promise<T> {
    this.#waiting += 1;
    this.#timer ??= setTimeout(() => void this.#look(), period);
    try {
      return await work(this.#cut.signal);
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.stop();
    }
  }

  /** The registry answered something. The clock is read only for those who wait: loading it costs a command 1 ms. */
  answered(): void {
    if (this.#waiting > 0) this.#answeredAt = performance.now();
  }

  /** Ends what waits now. */
  cut(reason: unknown): void {
    this.#cut.abort(reason);
    this.#cut = new AbortController();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    const mine = this.#timer;
    const quiet = performance.now() - this.#answeredAt >= period;
    if (quiet) await this.#check().catch((error: unknown) => this.cut(error));
    if (this.#timer !== mine || this.#waiting === 0) return;
    const due = quiet ? period : this.#answeredAt + period - performance.now();
    this.#timer = setTimeout(() => void this.#look(), Math.min(period, Math.max(100, due)));
  }
}
