/** Handlers of one subscription at one time; a broker that cannot hold messages back drops what comes then. */
export const maxUnderWay = 1000;

/** Counts work that runs, so that closing can wait for it. */
export class UnderWay {
  #count = 0;
  #idle: (() => void)[] = [];

  get count(): number {
    return this.#count;
  }

  /** Counts `work` until it settles, which it does without rejecting. */
  add(work: Promise<void>): void {
    this.#count++;
    void work.finally(() => {
      this.#count--;
      if (this.#count === 0) for (const resolve of this.#idle.splice(0)) resolve();
    });
  }

  /** Resolves when nothing runs any more, or after `timeout` ms. */
  idle(timeout: number): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeout);
      this.#idle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
