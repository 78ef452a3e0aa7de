import { AsyncLocalStorage } from "node:async_hooks";
import type { Metadata } from "./service.js";
import type { Deadline } from "./time/deadline.js";

/** The call that a handler is answering. Calls made inside the handler inherit its metadata and deadline. */
export interface Context {
  /** Name of the service that was called. */
  readonly service: string;
  /** The method, written `Type.Method`. In a subscriber: the topic. */
  readonly method: string;
  /** Headers of the call or message, names in canonical HTTP case (`X-User-Id`). */
  readonly metadata: Metadata;
  /** When the caller stops waiting. A message has no deadline. */
  readonly deadline: Deadline;
  /** Aborts when the caller cancels, disconnects or runs out of time; in a subscriber, when the service stops. */
  readonly signal: AbortSignal;
  /** `host:port` of the caller. Empty in a subscriber. */
  readonly remote: string;
}

const storage = new AsyncLocalStorage<Context>();

/** Returns the context of the handler that is running. Undefined outside of a handler. */
export function currentContext(): Context | undefined {
  return storage.getStore();
}

/** Runs `work`, and everything it starts, in the context of the call that is being answered. */
export function runInContext<Args extends unknown[], T>(
  context: Context,
  work: (...args: Args) => T,
  ...args: Args
): T {
  return storage.run(context, work, ...args);
}
