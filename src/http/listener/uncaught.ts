import { AsyncLocalStorage } from "node:async_hooks";
import type { EventEmitter } from "node:events";
import type { Log } from "../../core/log/log.js";

/** One request, or one upgraded socket. */
export interface GuardedRequest {
  /** Request id, for the log. */
  readonly id: string;
  /** Ends it with a 500, or by closing the connection if a response has started. */
  fail(error: unknown): void;
}

/**
 * The request that the running code serves. Set only for requests that come through Node's server: tracking makes every
 * promise of the process slower, and the fast front runs no third-party code.
 */
const current = new AsyncLocalStorage<GuardedRequest>();

/** Runs `work` for one request. An error that it throws, now or later, ends only this request. */
export function contain(contained: GuardedRequest, work: () => void): void {
  current.run(contained, () => {
    try {
      work();
    } catch (error) {
      contained.fail(error);
    }
  });
}

/** Does the same for the listeners of an emitter, whose errors would otherwise reach the code that emits the event. */
export function containListeners(emitter: EventEmitter, contained: GuardedRequest): void {
  const emit = emitter.emit;
  emitter.emit = (...event: Parameters<typeof emit>) => {
    try {
      return emit.apply(emitter, event);
    } catch (error) {
      contained.fail(error);
      return true;
    }
  };
}

/**
 * Handles uncaught errors until it is disposed: logs each, ends the request that caused it, and keeps the program
 * running.
 */
export function guardProgram(log: Log): Disposable {
  const onError = (err: unknown) => {
    const request = current.getStore();
    logSafely(() => log.error({ err, ...(request && { request: request.id }) }, "unexpected error"));
    request?.fail(err);
  };
  process.on("uncaughtException", onError);
  process.on("unhandledRejection", onError);
  return {
    [Symbol.dispose]() {
      process.off("uncaughtException", onError);
      process.off("unhandledRejection", onError);
    },
  };
}

/** Writes to the log. A failing log must not end the program. */
export function logSafely(write: () => void): void {
  try {
    write();
  } catch {
    // There is nowhere to report it.
  }
}
