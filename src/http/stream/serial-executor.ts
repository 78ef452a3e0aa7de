/** Pieces of work of one socket that may wait, and bytes of the frames that they are for. */
const maxWaiting = 100;
const maxBytes = 512 * 1024;

/** What is read from while there is room for more. */
interface Source {
  pause(): void;
  resume(): void;
}

/** Does the work of one socket in the order in which it came, and stops reading the socket while too much of it waits. */
export class SerialExecutor {
  readonly #source: Source;
  #waiting = 0;
  #bytes = 0;
  #paused = false;
  #last: Promise<void> = Promise.resolve();

  constructor(source: Source) {
    this.#source = source;
  }

  /** Runs `work` after all that was given before; it must not reject. `size` is that of the frame, in bytes. */
  run(work: () => Promise<void>, size: number): void {
    this.#waiting++;
    this.#bytes += size;
    if (!this.#paused && this.#full) {
      this.#paused = true;
      this.#source.pause();
    }
    this.#last = this.#last.then(work).finally(() => {
      this.#waiting--;
      this.#bytes -= size;
      if (!this.#paused || this.#full) return;
      this.#paused = false;
      this.#source.resume();
    });
  }

  get #full(): boolean {
    return this.#waiting >= maxWaiting || this.#bytes >= maxBytes;
  }
}
