import { MicroError } from "../../core/errors.js";
import type { Log } from "../../core/log/log.js";
import { formatAddress } from "../../core/net/address.js";
import type { Service } from "../../core/service.js";
import type { Registry } from "../registry.js";
import { isRefusal } from "../wire/errors.js";
import { withRequestTimeout } from "../with-request-timeout.js";
import { compareEntry } from "./compare-entry.js";
import type { EntryHolders } from "./entry-holders.js";

/** Time limits in milliseconds: of one request, and of the read before the first write and at the end. */
const requestTimeout = 5000;
const readTimeout = 3000;

/** Milliseconds after which an entry is unhealthy unless renewed. */
export const defaultTtl = 30_000;

export interface WrittenEntryOptions {
  readonly ttl?: number;
  readonly log: Log;
  readonly unique?: boolean;
}

/** The registry entry of a service, as this process wrote it. */
export class WrittenEntry {
  /** True if it is registered, or may be: a request that timed out may have succeeded. */
  present = false;
  /** When it was last written or renewed. */
  writtenAt = Number.NEGATIVE_INFINITY;
  readonly #registry: Registry;
  readonly #describe: () => Service;
  readonly #options: WrittenEntryOptions;
  #written: Service | undefined;
  /** The nodes that were logged last. */
  #logged: string | undefined;

  constructor(registry: Registry, describe: () => Service, options: WrittenEntryOptions) {
    this.#registry = registry;
    this.#describe = describe;
    this.#options = options;
  }

  /** What this process last wrote, or is about to write. Its own entry is recognised by comparing with this. */
  get service(): Service {
    return this.#written ?? this.#describe();
  }

  /** True if the address of this process differs from the one it wrote. */
  get moved(): boolean {
    return placesOf(this.#describe()).join() !== placesOf(this.service).join();
  }

  /** Reads every version of the service. Empty if the registry does not answer. */
  read(stop?: AbortSignal): Promise<readonly Service[]> {
    const { name } = this.service;
    const limit = AbortSignal.timeout(readTimeout);
    const signal = stop ? AbortSignal.any([stop, limit]) : limit;
    return this.#registry.getService(name, { unhealthy: true, signal }).catch(() => []);
  }

  async write(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { ttl = defaultTtl, log } = this.#options;
    const service = this.#describe();
    this.#written = service;
    const limited = { what: `register service "${service.name}"`, limit: requestTimeout, signal };
    try {
      await withRequestTimeout(this.#registry, limited, (end) =>
        this.#registry.register(service, { ttl: ttl || undefined, signal: end }),
      );
    } catch (error) {
      this.present ||= !isNeverSent(error) && !isRefusal(error);
      throw error;
    }
    this.present = true;
    this.writtenAt = performance.now();
    const nodes = placesOf(service);
    if (this.#logged !== nodes.join()) log.info({ nodes }, "registered");
    this.#logged = nodes.join();
  }

  /**
   * Removes the entry, or gives it back to an earlier process with this id. An entry that points at another process
   * stays.
   */
  async leave(holders: EntryHolders): Promise<void> {
    const { service } = this;
    this.present = false;
    try {
      await this.#leave(service, holders);
    } catch (error) {
      const text = "deregistering failed: the entry stays until its TTL";
      const { code, reason, detail } = MicroError.from(error, "go.micro.registry");
      this.#options.log.warn({ service: service.name, code, reason, detail }, text);
      this.#options.log.debug({ err: error, service: service.name }, text);
    }
  }

  async #leave(service: Service, holders: EntryHolders): Promise<void> {
    const { ttl = defaultTtl, unique = false } = this.#options;
    if (!unique && compareEntry(service, await this.read()).state === "taken") return;
    const heir = unique || !keepsEntriesOfOthers(this.#registry) ? undefined : await holders.heir();
    const limited = { what: `deregister service "${service.name}"`, limit: requestTimeout };
    // Overwriting avoids a gap without any entry, in which calls would find no node.
    await withRequestTimeout(this.#registry, limited, (signal) =>
      heir
        ? this.#registry.register(heir, { ttl: ttl || undefined, signal })
        : this.#registry.deregister(service, { signal }),
    );
  }
}

/** False for mDNS, where each process answers for its own entries only. */
function keepsEntriesOfOthers({ name }: Registry): boolean {
  return name !== "mdns";
}

/** True if no connection was made. */
function isNeverSent(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (/ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN/.test(cause.message)) return true;
  return false;
}

function placesOf({ nodes }: Service): string[] {
  return nodes.map(({ id, address, port }) => `${id} at ${formatAddress({ host: address, port })}`);
}
