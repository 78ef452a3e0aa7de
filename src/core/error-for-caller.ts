import { randomUUID } from "node:crypto";
import { MicroError } from "./errors.js";
import type { Log } from "./log/log.js";

/** How an unexpected error is logged, and what the caller gets in its place. */
export interface ErrorReport {
  /** `id` of the error that the caller gets. */
  readonly id: string;
  readonly log: Log;
  /** The line in the log. */
  readonly text: string;
  readonly fields: object;
  /** Detail of the error that the caller gets. The id of the log line is appended. */
  readonly detail: string;
}

/**
 * Turns whatever a handler threw into the error for its caller. A `MicroError` passes through. Anything else is logged
 * and replaced by an internal error that names only the id of the log line: the original text may hold secrets.
 */
export function errorForCaller(error: unknown, { id, log, text, fields, detail }: ErrorReport): MicroError {
  if (MicroError.is(error)) return error;
  const logId = randomUUID();
  log.error({ err: error, ...fields, request: logId }, text);
  return new MicroError(id, 500, `${detail} for request ${logId}`, { reason: "INTERNAL" });
}
