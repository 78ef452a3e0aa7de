/** Does one thing in rounds: who asks while a round is under way shares the next one, which begins after asking. */
export class SingleFlight<Result> {
  readonly #work: () => Promise<Result>;
  #current: Promise<Result> | undefined;
  #next: Promise<Result> | undefined;

  constructor(work: () => Promise<Result>) {
    this.#work = work;
  }

  /** True while nothing is under way. */
  get idle(): boolean {
    return this.#current === undefined;
  }

  /** Resolves with the outcome of a round that begins now or later; those who ask are answered in their order. */
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
