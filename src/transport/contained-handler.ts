import { internal, MicroError } from "../core/errors.js";
import type { TransportHandler } from "./transport.js";

/** What was thrown, where that is a `MicroError`; anything else goes to the log alone, and becomes an internal error. */
export function unexpectedAsInternal(error: unknown, logUnexpected: (error: unknown) => void): MicroError {
  if (MicroError.is(error)) return error;
  logUnexpected(error);
  return internal("go.micro.server", "internal error");
}

/** A handler that rejects where it would throw: an error in one call never comes out where the bytes of all are read. */
export function containedHandler(handler: TransportHandler): TransportHandler {
  return {
    opensStream(message) {
      try {
        return handler.opensStream(message);
      } catch {
        return false; // the call that follows tells what is wrong
      }
    },
    call(message, inbound) {
      try {
        return handler.call(message, inbound);
      } catch (error) {
        return Promise.reject(error);
      }
    },
    async stream(opening, stream, inbound) {
      await handler.stream(opening, stream, inbound);
    },
  };
}
