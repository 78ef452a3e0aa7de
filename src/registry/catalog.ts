import { LRUCache } from "lru-cache";
import type { Abortable, Closeable } from "../core/closeable.js";
import { MicroError, unavailable } from "../core/errors.js";
import { type Log, silent } from "../core/log.js";
import type { Service } from "../core/service.js";
import { aborted, orAbort } from "./abort.js";
import { notRegistered } from "./answers.js";
import { feed } from "./feed.js";
import { LiveService } from "./live-service.js";
import { acceptsConnections, type Probe } from "./probe.js";
import type { Change, Registry } from "./registry.js";
import { Rereading } from "./rereading.js";
import { Snapshot } from "./snapshot.js";
import { Watching } from "./watching.js";

export interface CatalogOptions {
  /** Tells whether a node that the registry forgot still serves; default: it accepts connections. */
  readonly probe?: Probe;
  /** Milliseconds of the TTL that nodes register with, default 30 s: a forgotten node stays twice that. */
  readonly ttl?: number;
  /** Services that are kept, default 10,000; the one used longest ago goes first. */
  readonly size?: number;
  readonly log?: Log;
}

export interface ChangesOptions extends Abortable {
  /** The one service to follow; without it, every service of the registry. */
  readonly service?: string;
}

/** Milliseconds for which the absence of a service is believed without asking again. */
const absentFor = 500;

/** Milliseconds that a read may take, whatever registry it is. */
const readTimeout = 5000;
/** Stands for the watch of all services, and for reads of unknown ones, where names of services are keys. */
const everything = "";

interface Held {
  readonly service: LiveService;
  /** Nothing where the watch of everything serves it. */
  watching: Watching | undefined;
}

/**
 * The live copy of a registry: what was asked for once is watched from then on, and is kept while the registry is
 * away. No call waits for the registry once a service is known.
 */
export class Catalog implements Closeable {
  readonly #registry: Registry;
  readonly #options: Required<CatalogOptions>;
  readonly #live: LRUCache<string, Held>;
  readonly #loading = new Map<string, Promise<readonly Service[]>>();
  readonly #absent: LRUCache<string, true>;
  readonly #listeners = new Set<(live: LiveService) => void>();
  readonly #closed = new AbortController();
  /** When the registry stopped answering, by whose watch noticed. */
  readonly #away = new Map<string, number>();
  readonly #rereading: Rereading;
  #everything: Watching | undefined;

  constructor(registry: Registry, options: CatalogOptions = {}) {
    this.#registry = registry;
    const { probe = acceptsConnections, ttl = 30_000, size = 10_000, log = silent } = options;
    this.#options = { probe, ttl, size, log };
    this.#absent = new LRUCache({ max: size, ttl: absentFor });
    this.#live = new LRUCache({ max: size, dispose: (held, name) => this.#forget(name, held) });
    this.#rereading = new Rereading((name) => this.#correct(name), this.#closed.signal);
  }

  /** Every version of `name` with its usable nodes; the same list until something changes. Nothing: not known yet. */
  services(name: string): readonly Service[] | undefined {
    return this.#live.get(name)?.service.services;
  }

  /**
   * Every version of `name`, asked of the registry unless known.
   * @throws {MicroError} 404 when there is none, 503 when it is not known and the registry is away.
   */
  async load(name: string, { signal }: Abortable = {}): Promise<readonly Service[]> {
    signal?.throwIfAborted();
    this.#closed.signal.throwIfAborted();
    const known = this.services(name);
    if (known !== undefined) return found(name, known);
    if (this.#absent.has(name)) throw notRegistered(name);
    return found(name, await orAbort(this.#loading.get(name) ?? this.#load(name), signal));
  }

  /** Milliseconds since the registry stopped answering, 0 while it answers. */
  staleFor(): number {
    if (this.#away.size === 0) return 0;
    return performance.now() - Math.min(...this.#away.values());
  }

  /** Yields what is known as `create`, then each change of what `services` gives. */
  changes(options: ChangesOptions = {}): AsyncIterable<Change> {
    const follow = async (push: (change: Change) => void, signal: AbortSignal) => {
      const snapshot = new Snapshot();
      const published = ({ name, services = [] }: LiveService) => {
        if (options.service !== undefined && options.service !== name) return;
        for (const change of snapshot.replace(name, services)) push(change);
      };
      this.#listeners.add(published);
      for (const { service } of [...this.#live.values()]) published(service);
      if (options.service === undefined) this.#watchEverything();
      else this.#watch(options.service);
      await aborted(signal);
      this.#listeners.delete(published);
    };
    return feed(follow, [options.signal, this.#closed.signal]);
  }

  async close(): Promise<void> {
    this.#closed.abort(new MicroError("go.micro.client", 503, "catalog: closed"));
    const watches = [this.#everything, ...[...this.#live.values()].map(({ watching }) => watching)];
    this.#everything?.stop();
    this.#live.clear();
    await Promise.all(watches.map((watching) => watching?.ended));
    await Promise.allSettled(this.#loading.values());
    await this.#rereading.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #load(name: string): Promise<readonly Service[]> {
    const loading = this.#firstRead(name).finally(() => this.#loading.delete(name));
    this.#loading.set(name, loading);
    return loading;
  }

  async #firstRead(name: string): Promise<readonly Service[]> {
    try {
      const services = await this.#read(name);
      this.#away.delete(everything);
      if (services.length === 0) this.#absent.set(name, true);
      const live = services.length > 0 ? this.#watch(name) : this.#live.get(name)?.service;
      live?.replace(services);
      return live?.services ?? [];
    } catch (error) {
      if (this.#live.size === 0) this.#reached(everything, error);
      throw error;
    }
  }

  /** All that the registry has of `name`. */
  async #read(name: string): Promise<readonly Service[]> {
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(readTimeout)]);
    try {
      return await this.#registry.getService(name, { unhealthy: true, signal });
    } catch (error) {
      if (MicroError.is(error) && error.code === 404) return [];
      if (MicroError.is(error)) throw error;
      const detail = `get service "${name}": no answer of the registry in ${readTimeout} ms`;
      throw unavailable("go.micro.registry", detail, { reason: "REGISTRY_UNREACHABLE", cause: error });
    }
  }

  /** The live copy of `name`, with its watch: one, whatever the number of callers. */
  #watch(name: string): LiveService {
    const held = this.#live.get(name);
    if (held !== undefined) return held.service;
    const { probe, ttl, log } = this.#options;
    const published = (live: LiveService) => this.#published(live);
    const service = new LiveService(name, { probe, hold: 2 * ttl, published });
    const made: Held = { service, watching: undefined };
    this.#live.set(name, made);
    this.#rereading.add(name);
    if (this.#everything === undefined)
      made.watching = new Watching(this.#registry, {
        service: name,
        log,
        change: (change) => service.change(change),
        reach: (error) => this.#reached(name, error),
      });
    return service;
  }

  /** One watch for all that there is, in place of those of single services. */
  #watchEverything(): void {
    if (this.#everything !== undefined || this.#closed.signal.aborted) return;
    this.#everything = new Watching(this.#registry, {
      log: this.#options.log,
      change: (change) => this.#watch(change.service.name).change(change),
      reach: (error) => this.#reached(everything, error),
    });
    for (const [name, held] of this.#live.entries()) {
      held.watching?.stop();
      held.watching = undefined;
      this.#away.delete(name);
    }
  }

  /** Takes a fresh read of `name`, unless its watch brought news meanwhile. */
  async #correct(name: string): Promise<void> {
    const live = this.#live.peek(name)?.service;
    const revision = live?.revision;
    try {
      const services = await this.#read(name);
      if (live?.revision === revision) live?.replace(services, { doubtful: services.length === 0 });
    } catch (error) {
      this.#options.log.debug({ err: error, service: name }, "read of the registry failed");
    }
  }

  #published(live: LiveService): void {
    if ((live.services?.length ?? 0) > 0) this.#absent.delete(live.name);
    for (const listener of this.#listeners) listener(live);
  }

  #reached(name: string, error: unknown): void {
    if (error === undefined) this.#away.delete(name);
    else if (!this.#away.has(name)) this.#away.set(name, performance.now());
  }

  #forget(name: string, { service, watching }: Held): void {
    service.close();
    watching?.stop();
    this.#rereading.remove(name);
    this.#away.delete(name);
  }
}

/** @throws {MicroError} 404 when there is none. */
function found(name: string, services: readonly Service[]): readonly Service[] {
  if (services.length === 0) throw notRegistered(name);
  return services;
}
