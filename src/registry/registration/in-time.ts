import { unavailable } from "../../core/errors.js";
import { timeoutSignal } from "../../core/time/clock.js";
import { type Registry, serversOf } from "../registry.js";

/** A request to a registry with a limit. */
export interface Limited {
  /** What is asked: `register service "a"`. */
  readonly what: string;
  /** Milliseconds. */
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks the registry something within a limit.
 * @throws {MicroError} 503 that names the registry where it did not answer by then: the signal says only that time is over.
 */
export async function inTime<T>(
  registry: Registry,
  { what, limit, signal }: Limited,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = timeoutSignal(limit);
  try {
    return await ask(signal ? AbortSignal.any([signal, end]) : end);
  } catch (error) {
    if (!end.aborted || error !== end.reason) throw error;
    const place = [
      registry.name,
      ...(serversOf(registry).length > 0 ? ["at", serversOf(registry).join(",")] : []),
    ];
    throw unavailable("go.micro.registry", `${what}: ${place.join(" ")} did not answer in ${limit} ms`, {
      reason: "REGISTRY_UNREACHABLE",
      cause: error,
    });
  }
}
