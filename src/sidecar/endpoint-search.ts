import { orAbort } from "../core/async/or-abort.js";
import { pool } from "../core/async/pool.js";
import { timeout } from "../core/errors.js";
import type { Service } from "../core/service.js";
import { timeoutSignal } from "../core/time/clock.js";

/** Number of services that a search reads at the same time. */
const atOnce = 16;

export interface EndpointSearch {
  readonly endpoint: string;
  /** Names of the services to read. */
  readonly names: readonly string[];
  /** Milliseconds for all of them. */
  readonly limit: number;
  readonly signal: AbortSignal;
  /** Every version of a service. Empty if it is gone. */
  read(name: string, signal: AbortSignal): Promise<readonly Service[]>;
}

/**
 * Every version of a service that has the endpoint. A read that fails ends the search: a part of the services would
 * look like all of them.
 * @throws {MicroError} 408 when the time is up. Else what `read` throws, or the reason of `signal`.
 */
export async function searchEndpoint(search: EndpointSearch): Promise<readonly Service[]> {
  const { endpoint, names, limit, signal } = search;
  const late = timeoutSignal(limit);
  const end = AbortSignal.any([signal, late]);
  let count = 0;
  const searching = pool(names, atOnce, async (name) => {
    end.throwIfAborted();
    const versions = await search.read(name, end);
    count++;
    return versions.filter(({ endpoints }) => endpoints.some((one) => one.name === endpoint));
  });
  try {
    return (await orAbort(searching, end)).flat();
  } catch (error) {
    if (signal.aborted || !late.aborted) throw error;
    const detail = `search endpoint "${endpoint}": read ${count} of ${names.length} services within ${limit} ms`;
    throw timeout("go.micro.registry", detail, { cause: error });
  }
}
