/** Tasks of one socket that may wait, and bytes of their frames. */
const maxWaiting = 100;
const maxBytes = 512 * 1024;

/** The socket to pause. */
interface Source {
  pause(): void;
  resume(): void;
}

/** Runs the tasks of one socket one after the other. Pauses the socket while too many wait. */
export class SerialExecutor {
  readonly #source: Source;
  #waiting = 0;
  #bytes = 0;
  #paused = false;
  #last: Promise<void> = Promise.resolve();

  constructor(source: Source) {
    this.#source = source;
  }

  /** Runs `work` after all earlier tasks. It must not reject. `size` is the size of its frame, in bytes. */
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
