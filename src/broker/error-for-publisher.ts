import { errorForCaller } from "../core/error-for-caller.js";
import type { MicroError } from "../core/errors.js";
import type { Log } from "../core/log/log.js";

/** Returns the error that a publisher gets for what a subscriber of `topic` threw. See `core/error-for-caller.ts`. */
export function errorForPublisher(topic: string, error: unknown, log: Log): MicroError {
  return errorForCaller(error, {
    id: "go.micro.broker",
    log,
    text: "subscriber failed",
    fields: { topic },
    detail: "internal error, see the log",
  });
}
