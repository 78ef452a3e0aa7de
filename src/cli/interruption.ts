import { systemClock } from "../core/clock.js";
import { formatDuration } from "../core/duration.js";
import { CliError } from "./errors.js";

/** Standard output was closed by its reader, as `head` does: work stops, and nothing is wrong. */
export class PipeClosed extends Error {}

/** What ends a command from outside: Ctrl-C, SIGTERM, a closed pipe, or `--timeout`. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #ends: (() => void)[] = [];
  #seen = false;

  constructor(timeout?: number) {
    this.#on("SIGINT", 130, "interrupted");
    this.#on("SIGTERM", 143, "terminated");
    const closed = (error: NodeJS.ErrnoException) => {
      const full = new CliError("IO_ERROR", `standard output: ${error.message}`, { cause: error });
      this.#controller.abort(error.code === "EPIPE" ? new PipeClosed() : full);
    };
    process.stdout.on("error", closed);
    this.#ends.push(() => process.stdout.off("error", closed));
    if (timeout !== undefined) this.#limit(timeout);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Leaves the process as it was. */
  end(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  #on(signal: NodeJS.Signals, exitCode: number, message: string): void {
    const stop = () => {
      if (this.#seen) process.exit(exitCode);
      this.#seen = true;
      this.#controller.abort(new CliError("CANCELLED", message, { exitCode }));
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
