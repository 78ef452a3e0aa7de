import { writeSync } from "node:fs";

/** Milliseconds in all that a line waits for the slow reader of a pipe, and at a time. */
const writeTimeout = 1000;
const pause = 10;

/** How many lines were lost in a row, and what the system said of the last one. */
export interface Loss {
  readonly lines: number;
  readonly reason: string;
}

/**
 * Writes lines to standard error, each at once. It never throws: a line that cannot be written, as on a full disk or
 * where the reader has left, is lost. With the first one that can be written again, `onBack` is told of the loss.
 */
export class LinesToStandardError {
  /** Told after the line that could be written again. */
  onBack: (loss: Loss) => void = () => {};
  #lost = 0;
  #reason = "";
  /** A part of the last line was written. */
  #torn = false;

  write(line: string): void {
    try {
      this.#put(Buffer.from(this.#torn ? `\n${line}` : line));
    } catch (error) {
      this.#lost++;
      this.#reason = (error as Error).message;
      return;
    }
    if (this.#lost === 0) return;
    const loss = { lines: this.#lost, reason: this.#reason };
    this.#lost = 0;
    this.onBack(loss);
  }

  #put(bytes: Buffer): void {
    // once lines are lost, nothing waits for a reader that does not read
    let left = this.#lost > 0 ? 0 : writeTimeout;
    for (let at = 0; at < bytes.length; ) {
      try {
        at += writeSync(2, bytes, at);
        this.#torn = at < bytes.length;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN" || left <= 0) throw error;
        Atomics.wait(clock, 0, 0, pause);
        left -= pause;
      }
    }
  }
}

/** Nobody wakes who waits for it. */
const clock = new Int32Array(new SharedArrayBuffer(4));
