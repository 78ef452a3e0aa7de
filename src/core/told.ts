import { randomUUID } from "node:crypto";
import { MicroError } from "./errors.js";
import type { Log } from "./log/log.js";

/** Where what a handler threw is told, and by whom. */
export interface Teller {
  /** The id of the error that others get. */
  readonly id: string;
  readonly log: Log;
  /** The line in the log. */
  readonly text: string;
  readonly fields: object;
  /** What others are told, before the id of the request. */
  readonly detail: string;
}

/**
 * What others are told of what a handler threw: a `MicroError` as it is, of anything else only that it happened, and the
 * id by which our log tells the rest. Its text may hold secrets.
 */
export function told(error: unknown, { id, log, text, fields, detail }: Teller): MicroError {
  if (MicroError.is(error)) return error;
  const request = randomUUID();
  log.error({ err: error, ...fields, request }, text);
  return new MicroError(id, 500, `${detail} for request ${request}`, { reason: "INTERNAL" });
}
