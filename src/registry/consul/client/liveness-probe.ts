/** Milliseconds without an answer after which the registry is probed. */
const period = 5000;

/**
 * Ends blocking queries when the registry hangs, which they would only notice half a minute later. `check` must reject
 * if the registry hangs. It is called only while queries are waiting and nothing has been answered lately.
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

  /** Runs `work` with a signal that aborts if the registry hangs. */
  async during<T>(work: (cut: AbortSignal) => Promise<T>): Promise<T> {
    this.#waiting += 1;
    this.#timer ??= setTimeout(() => void this.#probe(), period);
    try {
      return await work(this.#cut.signal);
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.stop();
    }
  }

  /**
   * Records that the registry has answered. Reads the clock only while queries are waiting: loading `performance` takes
   * 1 ms of the start of a command.
   */
  answered(): void {
    if (this.#waiting > 0) this.#answeredAt = performance.now();
  }

  /** Ends all queries that are waiting now. */
  cut(reason: unknown): void {
    this.#cut.abort(reason);
    this.#cut = new AbortController();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #probe(): Promise<void> {
    const mine = this.#timer;
    const quiet = performance.now() - this.#answeredAt >= period;
    if (quiet) await this.#check().catch((error: unknown) => this.cut(error));
    if (this.#timer !== mine || this.#waiting === 0) return;
    const due = quiet ? period : this.#answeredAt + period - performance.now();
    this.#timer = setTimeout(() => void this.#probe(), Math.min(period, Math.max(100, due)));
  }
}
