import { AsyncLocalStorage } from "node:async_hooks";
import type { Deadline } from "./deadline.js";
import type { Metadata } from "./service.js";

/** What a handler knows of the call it answers; further calls that it makes carry it on by themselves. */
export interface Context {
  readonly service: string;
  readonly method: string;
  /** Headers of the call, names in canonical HTTP case. */
  readonly metadata: Metadata;
  readonly deadline: Deadline;
  /** Aborts when the caller leaves or runs out of time. */
  readonly signal: AbortSignal;
  /** `host:port` of the caller. */
  readonly remote: string;
}

const storage = new AsyncLocalStorage<Context>();

/** The call that the running code answers, if it answers one. */
export function currentContext(): Context | undefined {
  return storage.getStore();
}

/** Runs `work` on its arguments, and all that it starts, as part of answering `context`. */
export function runInContext<Args extends unknown[], T>(
  context: Context,
  work: (...args: Args) => T,
  ...args: Args
): T {
  return storage.run(context, work, ...args);
}
