import { unavailable } from "../core/errors.js";
import { timeoutSignal } from "../core/time/clock.js";
import { type Registry, serversOf } from "./registry.js";

/** A request to a registry with a timeout. */
export interface RequestTimeout {
  /** The request, for the error: `register service "a"`. */
  readonly what: string;
  /** Milliseconds. */
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a request to the registry with a timeout.
 * @throws {MicroError} 503 that names the registry if it does not answer in time: the error of a signal does not.
 */
export async function withRequestTimeout<T>(
  registry: Registry,
  { what, limit, signal }: RequestTimeout,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = timeoutSignal(limit);
  try {
    return await ask(signal ? AbortSignal.any([signal, end]) : end);
  } catch (error) {
    if (!end.aborted || error !== end.reason) throw error;
    const { name } = registry;
    const servers = serversOf(registry);
    const place = servers.length > 0 ? `${name} at ${servers.join(",")}` : name;
    throw unavailable("go.micro.registry", `${what}: ${place} did not answer in ${limit} ms`, {
      reason: "REGISTRY_UNREACHABLE",
      backend: servers.length > 0 ? { name, address: servers[0], silent: true } : undefined,
      cause: error,
    });
  }
}
