/** Runs one task at a time. Calls made during a run share the next run, which starts after all of them were made. */
export class SingleFlight<Result> {
  readonly #work: () => Promise<Result>;
  #current: Promise<Result> | undefined;
  #next: Promise<Result> | undefined;

  constructor(work: () => Promise<Result>) {
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
    if (this.#current === undefined) return this.#begin();
    const begin = () => this.#begin();
    this.#next ??= this.#current.then(begin, begin);
    return this.#next;
  }

  #begin(): Promise<Result> {
    this.#next = undefined;
    this.#current = this.#work().finally(() => {
      if (this.#next === undefined) this.#current = undefined;
    });
    return this.#current;
  }
}
