import { LRUCache } from "lru-cache";
import { aborted, orAbort } from "../../core/async/or-abort.js";
import { withTimeout } from "../../core/async/with-timeout.js";
import type { Abortable, Closeable } from "../../core/closeable.js";
import { MicroError, timeout as timedOut, unavailable } from "../../core/errors.js";
import { type Log, silent } from "../../core/log/log.js";
import { isName } from "../../core/name.js";
import type { Service } from "../../core/service.js";
import { acceptsConnections, type PresenceProbe } from "../presence-probe.js";
import type { Change, Registry } from "../registry.js";
import { changeStream } from "../watch/change-stream.js";
import { everything } from "../watch/outage.js";
import { PeriodicResync } from "../watch/periodic-resync.js";
import { notRegistered } from "../wire/errors.js";
import type { LiveService } from "./live-service.js";
import { LiveServices } from "./live-services.js";
import { SharedRead } from "./shared-read.js";
import { Snapshot } from "./snapshot.js";

/** Options of a catalog. */
export interface CatalogOptions {
  /** Checks whether a node that the registry lost still serves. Default: whether it accepts a connection. */
  readonly probe?: PresenceProbe;
  /**
   * TTL in milliseconds that nodes register with. A node that the registry lost is kept for twice that. Default
   * 30,000.
   */
  readonly ttl?: number;
  /** Number of services to keep. The least recently used goes first. Default 10,000. */
  readonly size?: number;
  /** Receives failures of watches and reads. Default: none is logged. */
  readonly log?: Log;
}

/** Options of `Catalog.load`. */
export interface LookupOptions extends Abortable {
  /** Milliseconds to wait for the registry. Default 5000. */
  readonly timeout?: number;
}

/** Options of `Catalog.changes`. */
export interface ChangesOptions extends Abortable {
  /** Name of the one service to follow. Default: every service of the registry. */
  readonly service?: string;
}

/** Milliseconds for which a service that was not found is not looked up again. */
const absentFor = 500;
/** Milliseconds that a registry which is well may take for an answer. Only one that takes longer is called unreachable. */
const fairTime = 500;
/** Time limit of a read in milliseconds, for any registry, unless the caller allows more. */
const readTimeout = 5000;

/**
 * A live copy of the registry. The first `load` of a service starts a watch that keeps it up to date. While the registry
 * is unreachable, the last known state stays. Calls to a known service never wait for the registry.
 */
export class Catalog implements Closeable {
  readonly #registry: Registry;
  readonly #log: Log;
  readonly #live: LiveServices;
  readonly #resync: PeriodicResync;
  readonly #loading = new Map<string, SharedRead>();
  readonly #absent: LRUCache<string, true>;
  readonly #listeners = new Set<(live: LiveService) => void>();
  readonly #closed = new AbortController();

  /** Makes an empty catalog. The registry stays its owner's to close. */
  constructor(registry: Registry, options: CatalogOptions = {}) {
    const { probe = acceptsConnections, ttl = 30_000, size = 10_000, log = silent } = options;
    this.#registry = registry;
    this.#log = log;
    this.#absent = new LRUCache({ max: size, ttl: absentFor });
    this.#resync = new PeriodicResync((name) => this.#correct(name), this.#closed.signal);
    this.#live = new LiveServices(registry, {
      probe,
      hold: 2 * ttl,
      size,
      log,
      kept: (name, kept) => (kept ? this.#resync.add(name) : this.#resync.remove(name)),
      published: (live) => this.#published(live),
    });
  }

  /**
   * Returns every version of `name` with its usable nodes, the same list until something changes. Undefined: not
   * loaded yet.
   */
  services(name: string): readonly Service[] | undefined {
    return this.#live.get(name)?.services;
  }

  /**
   * Returns every version of `name`, and asks the registry only if the service is not known yet.
   * @throws {MicroError} 404 when there is none. 503 when the service is not known and the registry does not answer.
   */
  async load(
    name: string,
    { signal, timeout = readTimeout }: LookupOptions = {},
  ): Promise<readonly Service[]> {
    signal?.throwIfAborted();
    this.#closed.signal.throwIfAborted();
    const known = this.services(name);
    if (known !== undefined) return found(name, known);
    if (this.#absent.has(name) || !isName(name)) throw notRegistered(name);
    const loading = this.#loading.get(name) ?? this.#load(name);
    const late = () => tooLate(name, timeout);
    // an impatient caller must not end the read as if the registry were away
    const read = loading.within(Math.max(timeout, fairTime));
    return found(name, await orAbort(withTimeout(read, timeout, late), signal));
  }

  /** Returns the names of the services that are followed and have nodes. */
  names(): readonly string[] {
    const present = this.#live.all().filter(({ services = [] }) => services.length > 0);
    return present.map(({ name }) => name);
  }

  /** Returns the milliseconds since the registry stopped answering. 0 while it answers. */
  staleFor(): number {
    return this.#live.away.duration;
  }

  /** Yields every known service as `create`, then each change of what `services` returns. */
  changes(options: ChangesOptions = {}): AsyncIterable<Change> {
    const follow = async (push: (change: Change) => void, signal: AbortSignal) => {
      const snapshot = new Snapshot();
      const published = ({ name, services = [] }: LiveService) => {
        if (options.service !== undefined && options.service !== name) return;
        for (const change of snapshot.replace(name, services)) push(change);
      };
      this.#listeners.add(published);
      for (const live of this.#live.all()) published(live);
      if (options.service === undefined) this.#live.followEverything();
      else this.#live.follow(options.service);
      await aborted(signal);
      this.#listeners.delete(published);
    };
    return changeStream(follow, [options.signal, this.#closed.signal]);
  }

  /** Ends all watches and reads. Closing twice is not an error. */
  async close(): Promise<void> {
    this.#closed.abort(new MicroError("go.micro.client", 503, "catalog: closed"));
    await this.#live.close();
    await Promise.allSettled([...this.#loading.values()].map(({ services }) => services));
    await this.#resync.ended;
  }

  /** Same as `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #load(name: string): SharedRead {
    const loading = new SharedRead((signal) => this.#firstRead(name, signal));
    this.#loading.set(name, loading);
    loading.services.catch(() => undefined).finally(() => this.#loading.delete(name));
    return loading;
  }

  async #firstRead(name: string, signal: AbortSignal): Promise<readonly Service[]> {
    try {
      const services = await this.#read(name, signal);
      this.#live.away.report(everything);
      if (services.length === 0) this.#absent.set(name, true);
      const live = services.length > 0 ? this.#live.follow(name) : this.#live.get(name);
      live?.replace(services);
      return live?.services ?? [];
    } catch (error) {
      if (this.#live.size === 0) this.#live.away.report(everything, error);
      throw error;
    }
  }

  /** Reads all versions of `name`. Gives up when `limit` aborts. */
  async #read(name: string, limit: AbortSignal): Promise<readonly Service[]> {
    const signal = AbortSignal.any([this.#closed.signal, limit]);
    try {
      const timeout = Number.POSITIVE_INFINITY;
      return await this.#registry.getService(name, { unhealthy: true, signal, timeout });
    } catch (error) {
      if (MicroError.is(error) && error.code === 404) return [];
      if (MicroError.is(error)) throw error;
      throw tooLate(name, undefined, error);
    }
  }

  /** Replaces the copy of `name` by a fresh read, unless its watch has reported a change in the meantime. */
  async #correct(name: string): Promise<void> {
    const live = this.#live.peek(name);
    const revision = live?.revision;
    try {
      const services = await this.#read(name, AbortSignal.timeout(readTimeout));
      if (live?.revision === revision) live?.replace(services, { doubtful: services.length === 0 });
    } catch (error) {
      this.#log.debug({ err: error, service: name }, "read of the registry failed");
    }
  }

  #published(live: LiveService): void {
    this.#absent.delete(live.name);
    for (const listener of this.#listeners) listener(live);
  }
}

/** @throws {MicroError} 404 when there is none. */
function found(name: string, services: readonly Service[]): readonly Service[] {
  if (services.length === 0) throw notRegistered(name);
  return services;
}

/** A call that has no time for a lookup says nothing about the registry, which may be well. */
function tooLate(name: string, limit: number | undefined, cause?: unknown): MicroError {
  if (limit !== undefined && limit < fairTime)
    return timedOut(
      "go.micro.client",
      `get service "${name}": the time of the call ran out before the registry answered`,
      {
        executed: "no",
        cause,
      },
    );
  const time = limit === undefined ? "in time" : `in ${Math.round(limit)} ms`;
  return unavailable("go.micro.registry", `get service "${name}": no answer of the registry ${time}`, {
    reason: "REGISTRY_UNREACHABLE",
    cause,
  });
}
