import { internal, MicroError } from "../core/errors.js";
import type { TransportHandler } from "./transport.js";

/** Returns a `MicroError` as it is. Logs anything else, and returns an internal error without its details. */
export function unexpectedAsInternal(error: unknown, logUnexpected: (error: unknown) => void): MicroError {
  if (MicroError.is(error)) return error;
  logUnexpected(error);
  return internal("go.micro.server", "internal error");
}

/** Makes a handler reject instead of throw, so that an error in one call cannot break the reading loop of all calls. */
export function containedHandler(handler: TransportHandler): TransportHandler {
  return {
    opensStream(message) {
      try {
        return handler.opensStream(message);
      } catch {
        return false; // `call` will return the error
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
