/** Runs one task at a time. Calls made during a run share the next run, which starts after all of them were made. */
export class SingleFlight<Result> {
  readonly #work: (asked: number) => Promise<Result>;
  #current: Promise<Result> | undefined;
  #next: Promise<Result> | undefined;

  /** `asked` is when the first caller of the run called, on the clock of `performance.now()`. */
  constructor(work: (asked: number) => Promise<Result>) {
    this.#work = work;
  }

  /** True while no run is in progress. */
  get idle(): boolean {
    return this.#current === undefined;
  }

  /**
   * Resolves with the outcome of a run that starts now or later, never of one that is already in progress. Callers are
   * answered in the order of their calls.
   */
  run(): Promise<Result> {
    if (this.#current === undefined) return this.#begin(performance.now());
    if (this.#next === undefined) {
      const asked = performance.now();
      const begin = () => this.#begin(asked);
      this.#next = this.#current.then(begin, begin);
    }
    return this.#next;
  }

  #begin(asked: number): Promise<Result> {
    this.#next = undefined;
    this.#current = this.#work(asked).finally(() => {
      if (this.#next === undefined) this.#current = undefined;
    });
    return this.#current;
  }
}
