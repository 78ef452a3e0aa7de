import type { MicroError } from "../core/errors.js";
import type { Log } from "../core/log/log.js";
import { told } from "../core/told.js";

/** What publishers are told of what a subscriber of `topic` threw: see `core/told.ts`. */
export function toldOf(topic: string, error: unknown, log: Log): MicroError {
  return told(error, {
    id: "go.micro.broker",
    log,
    text: "subscriber failed",
    fields: { topic },
    detail: "internal error, see the log",
  });
}
