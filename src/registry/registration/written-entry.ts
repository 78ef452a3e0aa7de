import { MicroError } from "../../core/errors.js";
import type { Log } from "../../core/log/log.js";
import { formatAddress } from "../../core/net/address.js";
import type { Service } from "../../core/service.js";
import type { Registry } from "../registry.js";
import { isRefusal } from "../wire/errors.js";
import { withRequestTimeout } from "../with-request-timeout.js";
import { compareEntry } from "./compare-entry.js";
import type { EntryHolders } from "./entry-holders.js";

/** Milliseconds: limits of one request to the registry, and of the read before the first and the last one. */
const requestTimeout = 5000;
const readTimeout = 3000;

/** Milliseconds after which an entry that is not renewed is no longer healthy. */
export const defaultTtl = 30_000;

export interface WrittenEntryOptions {
  readonly ttl?: number;
  readonly log: Log;
  readonly unique?: boolean;
}

/** The entry of a service in the registry, as far as this process wrote it. */
export class WrittenEntry {
  /** It is there, or may be: a request that timed out may have been done. */
  present = false;
  /** When it was written or renewed last. */
  writtenAt = Number.NEGATIVE_INFINITY;
  readonly #registry: Registry;
  readonly #describe: () => Service;
  readonly #options: WrittenEntryOptions;
  #written: Service | undefined;
  /** The places that the log named last. */
  #told: string | undefined;

  constructor(registry: Registry, describe: () => Service, options: WrittenEntryOptions) {
    this.#registry = registry;
    this.#describe = describe;
    this.#options = options;
  }

  /** What this process wrote last, or is about to write: compared with that, its own entry is no stranger's. */
  get service(): Service {
    return this.#written ?? this.#describe();
  }

  /** True when this process is reached elsewhere than it wrote. */
  get moved(): boolean {
    return placesOf(this.#describe()).join() !== placesOf(this.service).join();
  }

  /** Every version of the service; none when the registry does not answer. */
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
    if (this.#told !== nodes.join()) log.info({ nodes }, "registered");
    this.#told = nodes.join();
  }

  /** Removes it, or gives it back to an earlier process with this id; one that points at another process is left alone. */
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
    // Overwriting leaves no moment without an entry, in which calls would find no node.
    await withRequestTimeout(this.#registry, limited, (signal) =>
      heir
        ? this.#registry.register(heir, { ttl: ttl || undefined, signal })
        : this.#registry.deregister(service, { signal }),
    );
  }
}

/** In mDNS each process answers for its own entries only. */
function keepsEntriesOfOthers({ name }: Registry): boolean {
  return name !== "mdns";
}

/** True when no connection came about. */
function isNeverSent(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (/ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN/.test(cause.message)) return true;
  return false;
}

function placesOf({ nodes }: Service): string[] {
  return nodes.map(({ id, address, port }) => `${id} at ${formatAddress({ host: address, port })}`);
}
