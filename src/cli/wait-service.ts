import { timeoutSignal } from "../core/clock.js";
import { formatDuration } from "../core/duration.js";
import { CliError } from "./errors.js";
import type { Lookup } from "./resolve.js";

const patience = 30_000;

/** Resolves when the service has a healthy node. @throws {CliError} TIMEOUT when it has none in time. */
export async function awaitService(
  name: string,
  { registry, signal }: Lookup,
  timeout = patience,
): Promise<void> {
  const both = AbortSignal.any([signal, timeoutSignal(timeout)]);
  for await (const { action, service } of registry.watch({ service: name, signal: both })) {
    if (action !== "delete" && service.nodes.length > 0) return;
  }
  signal.throwIfAborted();
  throw new CliError("TIMEOUT", `service "${name}" did not appear within ${formatDuration(timeout)}`, {
    hint: "micro list services",
    service: name,
  });
}
