/** Pieces of work of one socket that may wait. */
const maxWaiting = 100;

/** What is read from while there is room for more. */
interface Source {
  pause(): void;
  resume(): void;
}

/** Does the work of one socket in the order in which it came, and lets the socket wait when that is too much. */
export class SerialExecutor {
  readonly #source: Source;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(source: Source) {
    this.#source = source;
  }

  /** Runs `work` after all that was given before; it must not reject. */
  run(work: () => Promise<void>): void {
    this.#waiting++;
    if (this.#waiting === maxWaiting) this.#source.pause();
    this.#last = this.#last.then(work).finally(() => {
      this.#waiting--;
      if (this.#waiting === maxWaiting - 1) this.#source.resume();
    });
  }
}
