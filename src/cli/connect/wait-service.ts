import { timeoutSignal } from "../../core/time/clock.js";
import { formatDuration } from "../../core/time/duration.js";
import { CliError } from "../errors.js";
import type { Lookup } from "../target/lookup.js";
import { anyNamed, expectService } from "../target/resolve.js";

/** Default time limit in milliseconds. */
const defaultTimeout = 30_000;

/** Waits until the service has a healthy node. @throws {CliError} TIMEOUT if it has none in time. */
export async function awaitService(typed: string, lookup: Lookup, timeout = defaultTimeout): Promise<void> {
  const signal = AbortSignal.any([lookup.signal, timeoutSignal(timeout)]);
  try {
    const { name, matches } = await expectService(typed, { ...lookup, signal }).catch((error: unknown) => {
      // also wait for a registry that does not answer
      if (error instanceof CliError || signal.aborted) throw error;
      return anyNamed(typed);
    });
    for await (const { action, service } of lookup.registry.watch({ service: name, signal })) {
      if (action !== "delete" && service.nodes.length > 0 && matches(service.name)) return;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  lookup.signal.throwIfAborted();
  throw new CliError("TIMEOUT", `service "${typed}" did not appear within ${formatDuration(timeout)}`, {
    hint: "micro list services",
    service: typed,
  });
}
