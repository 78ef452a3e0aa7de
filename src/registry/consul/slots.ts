/** Lets so many through at a time; the others wait in line. */
export class Slots {
  readonly #line: (() => void)[] = [];
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  /** Lets `more` through from now on, beside those before. */
  widen(more: number): void {
    this.#free += more;
    while (this.#free > 0 && this.#line.length > 0) {
      this.#free -= 1;
      this.#line.shift()?.();
    }
  }

  /** Runs `work` once there is room. @throws the reason of `signal` when it aborts before that. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      return await work();
    } finally {
      const next = this.#line.shift();
      if (next) next();
      else this.#free += 1;
    }
  }

  #enter(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        this.#line.splice(this.#line.indexOf(enter), 1);
        reject(signal?.reason);
      };
      this.#line.push(enter);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }
}
