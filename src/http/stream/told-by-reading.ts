import { MicroError } from "../../core/errors.js";

/** True for an error of sending to a stream that is over or broken: what came before it is read still, and its end tells why. */
export function isToldByReading(error: unknown): boolean {
  return MicroError.is(error) && (error.reason === "STREAM_BROKEN" || error.reason === "NODE_LOST");
}
