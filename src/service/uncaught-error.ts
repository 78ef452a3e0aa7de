import { currentContext } from "../core/context.js";
import { internal, type MicroError, textOf } from "../core/errors.js";
import type { Log } from "../core/log/log.js";

/** Logs an uncaught error with the method whose handler caused it, and returns the error that the service ends with. */
export function uncaughtError(service: string, log: Log, cause: unknown): MicroError {
  const context = currentContext();
  const method = context?.service === service ? context.method : undefined;
  log.error({ err: cause, method }, "uncaught error: stopping");
  const where = method ? ` while answering ${method}` : "";
  const text = textOf(cause);
  return internal("go.micro.service", `service "${service}": uncaught error${where}: ${text}`, {
    cause,
  });
}
