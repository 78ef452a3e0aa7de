/** Milliseconds between two looks whether the registry still answers while queries wait for its news. */
const period = 5000;

/**
 * Ends waiting queries when the registry turns out to hang: they would notice half a minute later. `check` rejects
 * when it does; it is asked only while something waits.
 */
export class Pulse {
  readonly #check: () => Promise<unknown>;
  #waiting = 0;
  #cut = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(check: () => Promise<unknown>) {
    this.#check = check;
  }

  /** Runs `work` with a signal that aborts when the registry hangs. */
  async during<T>(work: (cut: AbortSignal) => Promise<T>): Promise<T> {
    this.#waiting += 1;
    this.#timer ??= setTimeout(() => void this.#beat(), period);
    try {
      return await work(this.#cut.signal);
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.stop();
    }
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

  async #beat(): Promise<void> {
    const mine = this.#timer;
    await this.#check().catch((error: unknown) => this.cut(error));
    if (this.#timer === mine && this.#waiting > 0) this.#timer = setTimeout(() => void this.#beat(), period);
  }
}
