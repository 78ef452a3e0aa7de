import { AsyncLocalStorage } from "node:async_hooks";
import type { EventEmitter } from "node:events";
import type { Log } from "../../core/log/log.js";

/** One request, or one socket that was upgraded. */
export interface Contained {
  /** Names it in the log. */
  readonly id: string;
  /** Ends it: with a 500 where nothing was written yet, else by cutting it off. */
  fail(error: unknown): void;
}

/**
 * The request that the running code serves. Only requests that Node's own server reads are in it: tracking costs every
 * promise of the process a little, and the fast front runs no foreign code.
 */
const current = new AsyncLocalStorage<Contained>();

/** Runs `work` as part of one request: what it throws, now or later, ends this request alone. */
export function contain(contained: Contained, work: () => void): void {
  current.run(contained, () => {
    try {
      work();
    } catch (error) {
      contained.fail(error);
    }
  });
}

/** The same for all listeners of an emitter: what one of them throws would come out wherever the event was emitted. */
export function containListeners(emitter: EventEmitter, contained: Contained): void {
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
 * Handles uncaught errors until it is disposed of: each is logged and ends the request that it belongs to, and the program
 * goes on.
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

/** Writes to the log; a log that fails must not end the program. */
export function logSafely(write: () => void): void {
  try {
    write();
  } catch {
    // nowhere is left to report it
  }
}
