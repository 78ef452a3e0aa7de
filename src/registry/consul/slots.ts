/** Beyond the count, for those who cannot wait. */
const spare = 20;

/** One in line. */
interface Waiting {
  readonly name: string | undefined;
  readonly enter: () => void;
}

/** Lets so many through at a time; the others wait in line. */
export class Slots {
  readonly #line: Waiting[] = [];
  readonly #patient: (() => void)[] = [];
  #free: number;
  #running = 0;
  /** Of those that run, how many did so when somebody was in line last. */
  #crowd = 0;

  constructor(count: number) {
    this.#free = count;
  }

  /** Lets `more` through from now on, beside those before. */
  widen(more: number): void {
    this.#free += more;
    while (this.#free > 0 && this.#line.length > 0) {
      this.#free -= 1;
      this.#line.shift()?.enter();
    }
  }

  /** Runs `work` once there is room. @throws the reason of `signal` when it aborts before that. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal, name?: string): Promise<T> {
    await this.#enter(signal, name);
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      const next = this.#free < 0 ? undefined : this.#line.shift();
      if (next) next.enter();
      else this.#free += 1;
      this.#letPatient(next !== undefined);
    }
  }

  /** Lets those in line as `name` through, beyond the count while there is some to spare. False when there are none. */
  hasten(name: string): boolean {
    const named = this.#line.filter((waiting) => waiting.name === name);
    for (const waiting of named) {
      this.#line.splice(this.#line.indexOf(waiting), 1);
      if (this.#free > -spare) {
        this.#free -= 1;
        waiting.enter();
      } else this.#line.unshift(waiting);
    }
    return named.length > 0;
  }

  /** Resolves when nobody waits in line, and those who did are through. */
  lineOver(): Promise<void> {
    if (this.#line.length === 0 && this.#crowd === 0) return Promise.resolve();
    return new Promise((resolve) => this.#patient.push(resolve));
  }

  #letPatient(isCrowded: boolean): void {
    this.#crowd = isCrowded ? this.#running + 1 : Math.max(0, Math.min(this.#running, this.#crowd - 1));
    if (this.#crowd === 0) for (const go of this.#patient.splice(0)) go();
  }

  #enter(signal: AbortSignal | undefined, name: string | undefined): Promise<void> {
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
      const waiting = { name, enter };
      const leave = () => {
        this.#line.splice(this.#line.indexOf(waiting), 1);
        reject(signal?.reason);
      };
      this.#line.push(waiting);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }
}
