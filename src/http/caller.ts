import type { ServerResponse } from "node:http";
import { MicroError } from "../core/errors.js";

/** Aborts when the caller leaves before it is answered. */
export function callerLeaves(response: ServerResponse, id: string): AbortSignal {
  const left = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) left.abort(new MicroError(id, 499, "the caller left"));
  });
  return left.signal;
}
