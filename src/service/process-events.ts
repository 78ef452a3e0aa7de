import { stopSignals } from "../core/process/stop-signals.js";

/** Shares one listener of a process event among all services of the process. */
class SharedEvent<Args extends unknown[]> {
  readonly #name: string;
  readonly #listeners = new Set<(...args: Args) => void>();

  constructor(name: string) {
    this.#name = name;
  }

  /** Calls `listener` at each event. Returns a function that removes it. */
  on(listener: (...args: Args) => void): () => void {
    if (this.#listeners.size === 0) process.on(this.#name, this.#onEvent);
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) process.off(this.#name, this.#onEvent);
    };
  }

  readonly #onEvent = (...args: unknown[]): void => {
    for (const listener of [...this.#listeners]) listener(...(args as Args));
  };
}

/** Signals that ask the process to end. */
export const stopEvents: readonly SharedEvent<[signal: NodeJS.Signals]>[] = Object.keys(stopSignals).map(
  (signal) => new SharedEvent(signal),
);

/** Uncaught errors: unhandled rejections and uncaught exceptions. */
export const faultEvents: readonly SharedEvent<[error: unknown]>[] = [
  new SharedEvent("unhandledRejection"),
  new SharedEvent("uncaughtException"),
];
