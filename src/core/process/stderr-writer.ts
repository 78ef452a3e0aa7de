import { writeSync } from "node:fs";

/** Milliseconds that a line waits in total for a slow reader of a pipe. */
const writeTimeout = 1000;
/** Milliseconds between two attempts. */
const pause = 10;

/** Number of lines lost in a row, and the system's error for the last one. */
export interface Loss {
  readonly lines: number;
  readonly reason: string;
}

/**
 * Writes lines to standard error synchronously. It never throws: a line that cannot be written, as on a full disk or to
 * a closed pipe, is dropped. The next line that can be written reports the loss to `onBack`.
 */
export class LinesToStandardError {
  /** Called after the first line that could be written again. */
  onBack: (loss: Loss) => void = () => {};
  #lost = 0;
  #reason = "";
  /** True if only a part of the last line was written. */
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
    // once a line is lost, do not wait any more for a reader that is stuck
    let left = this.#lost > 0 ? 0 : writeTimeout;
    for (let at = 0; at < bytes.length; ) {
      try {
        at += writeSync(2, bytes, at);
        this.#torn = at < bytes.length;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN" || left <= 0) throw error;
        Atomics.wait(sleeper, 0, 0, pause);
        left -= pause;
      }
    }
  }
}

/** Never notified: `Atomics.wait` on it is a synchronous sleep. */
const sleeper = new Int32Array(new SharedArrayBuffer(4));
