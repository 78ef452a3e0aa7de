import { manyListeners } from "../../core/async/many-listeners.js";
import { keepsAtHangUp, type StopSignal, stopSignals } from "../../core/process/stop-signals.js";
import { systemClock } from "../../core/time/clock.js";
import { formatDuration } from "../../core/time/duration.js";
import { CliError } from "../errors.js";

/** Standard output was closed by its reader, as `head` does. Work stops; it is not a failure. */
export class PipeClosed extends Error {}

const words: Readonly<Record<StopSignal, string>> = {
  SIGINT: "interrupted",
  SIGTERM: "terminated",
  SIGHUP: "hung up",
  SIGQUIT: "quit",
};

/** Milliseconds for a reader to take more of what was written before a signal. */
const unread = 1000;

/** Ends the process once nobody reads its output any more. It ends by itself when all is read. */
function exitUnlessRead(before: number): void {
  const look = () => {
    const left = unwritten();
    if (left >= before) process.exit();
    else exitUnlessRead(left);
  };
  systemClock.schedule(unread, look, { ref: false });
}

/** Bytes of the output that nobody has taken yet. The stream counts a part of it only when it is written whole. */
function unwritten(): number {
  const { writableLength, _handle } = process.stdout as NodeJS.WriteStream & {
    _handle?: { readonly writeQueueSize?: number };
  };
  return writableLength + (_handle?.writeQueueSize ?? 0);
}

export interface InterruptionOptions {
  /** Time limit in milliseconds. Default: none. */
  readonly timeout?: number | undefined;
  /**
   * True for a program that serves: if its output cannot be written, as on a full disk, it is dropped and the program
   * continues.
   */
  readonly serves?: boolean;
}

/** Ends a command from outside: Ctrl-C, SIGTERM, SIGHUP, SIGQUIT, a closed pipe, or `--timeout`. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #ends: (() => void)[] = [];
  #seen = false;

  constructor({ timeout, serves = false }: InterruptionOptions = {}) {
    // a command may wait for it in as many places as it has calls in flight
    manyListeners(this.#controller.signal);
    for (const signal of Object.keys(stopSignals)) this.#on(signal as StopSignal);
    const failed = (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") this.#controller.abort(new PipeClosed());
      else if (!serves)
        this.#controller.abort(
          new CliError("IO_ERROR", `standard output: ${error.message}`, { cause: error }),
        );
    };
    process.stdout.on("error", failed);
    this.#ends.push(() => process.stdout.off("error", failed));
    if (timeout !== undefined) this.#limit(timeout);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Removes all listeners and timers. After a signal, output that nobody reads keeps the process no longer alive. */
  end(): void {
    for (const end of this.#ends.splice(0)) end();
    if (this.#seen) exitUnlessRead(unwritten());
  }

  #on(signal: StopSignal): void {
    const exitCode = stopSignals[signal];
    const stop = () => {
      if (signal === "SIGHUP" && keepsAtHangUp()) return;
      if (this.#seen) process.exit(exitCode);
      this.#seen = true;
      this.#controller.abort(new CliError("CANCELLED", words[signal], { exitCode }));
    };
    process.on(signal, stop);
    this.#ends.push(() => process.off(signal, stop));
  }

  #limit(timeout: number): void {
    const timer = systemClock.schedule(timeout, () => {
      this.#controller.abort(new CliError("TIMEOUT", `not done within ${formatDuration(timeout)}`));
    });
    this.#ends.push(() => timer.cancel());
  }
}
