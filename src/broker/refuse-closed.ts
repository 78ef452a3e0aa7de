import { unavailable } from "../core/errors.js";

/** @throws {MicroError} 503 if the broker is closed. */
export function refuseClosed(closed: boolean): void {
  if (closed) throw unavailable("go.micro.broker", "broker closed", { reason: "BROKER_UNREACHABLE" });
}
