import { randomUUID } from "node:crypto";
import { MicroError } from "./errors.js";
import type { Log } from "./log/log.js";

/** How the cause of an internal error is logged, and what the caller is told instead. */
export interface ErrorReport {
  /** Id of the error that the caller gets. */
  readonly id: string;
  readonly log: Log;
  /** The line in the log. */
  readonly text: string;
  readonly fields: object;
  /** What the caller is told, before the id of the request. */
  readonly detail: string;
}

/**
 * The error that a caller gets for what a handler threw. A `MicroError` passes through. Anything else is logged, and
 * becomes an internal error with the id of the log line, because its text may hold secrets.
 */
export function errorForCaller(error: unknown, { id, log, text, fields, detail }: ErrorReport): MicroError {
  if (MicroError.is(error)) return error;
  const request = randomUUID();
  log.error({ err: error, ...fields, request }, text);
  return new MicroError(id, 500, `${detail} for request ${request}`, { reason: "INTERNAL" });
}
