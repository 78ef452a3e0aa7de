import { MicroError } from "../../core/errors.js";

/** True for an error of `send` on a closed or broken stream. Ignore it: reading the stream reports the reason. */
export function isToldByReading(error: unknown): boolean {
  return MicroError.is(error) && (error.reason === "STREAM_BROKEN" || error.reason === "NODE_LOST");
}
