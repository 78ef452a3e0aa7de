import { orAbort } from "./or-abort.js";

interface Run<Result> {
  readonly stop: AbortController;
  readonly result: Promise<Result>;
  callers: number;
}

/** Runs work once for all callers that wait for the same key, and aborts it when the last of them has left. */
export class SharedWork<Result> {
  readonly #work: (key: string, signal: AbortSignal) => Promise<Result>;
  readonly #running = new Map<string, Run<Result>>();

  constructor(work: (key: string, signal: AbortSignal) => Promise<Result>) {
    this.#work = work;
  }

  /** The result for `key`. @throws what the work throws, or the reason of `signal`. */
  async get(key: string, signal: AbortSignal): Promise<Result> {
    signal.throwIfAborted();
    const run = this.#running.get(key) ?? this.#begin(key);
    run.callers++;
    try {
      return await orAbort(run.result, signal);
    } finally {
      if (--run.callers === 0) {
        if (this.#running.get(key) === run) this.#running.delete(key);
        run.stop.abort(signal.reason);
      }
    }
  }

  #begin(key: string): Run<Result> {
    const stop = new AbortController();
    const result = this.#work(key, stop.signal);
    const run = { stop, result, callers: 0 };
    this.#running.set(key, run);
    const over = () => this.#running.get(key) === run && this.#running.delete(key);
    result.then(over, over);
    return run;
  }
}
