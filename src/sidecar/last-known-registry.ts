import { anySignal } from "../core/async/any-signal.js";
import { SharedWork } from "../core/async/shared-work.js";
import { MicroError, unavailable } from "../core/errors.js";
import type { Service } from "../core/service.js";
import type { Catalog } from "../registry/catalog/catalog.js";
import type { Registry } from "../registry/registry.js";
import { isRegistryError, nameOnly } from "../registry/wire/errors.js";
import { searchEndpoint } from "./endpoint-search.js";

/** Milliseconds for one read of the registry. */
const readTimeout = 2000;
/** Milliseconds for a search for an endpoint, which reads every service. */
const searchTimeout = 5000;

/** The answer of the registry, or the last known one. */
export interface Found<T> {
  readonly value: T;
  /** Milliseconds since the registry stopped answering. 0 for a current answer. */
  readonly stale: number;
}

export interface LastKnownOptions {
  /** Milliseconds for a search for an endpoint. Default 5000. */
  readonly searchTimeout?: number;
}

/** Reads the registry, and remembers its answers for when it is unreachable. */
export class LastKnownRegistry {
  readonly #registry: Registry;
  readonly #catalog: Catalog;
  #names: readonly Service[] | undefined;
  #awaySince: number | undefined;
  #asking: Promise<unknown> | undefined;
  /** One search for all callers that ask for the same endpoint. */
  readonly #searches = new SharedWork((endpoint, signal) => this.#search(endpoint, signal));
  readonly #searchTimeout: number;

  constructor(registry: Registry, catalog: Catalog, options: LastKnownOptions = {}) {
    this.#registry = registry;
    this.#catalog = catalog;
    this.#searchTimeout = options.searchTimeout ?? searchTimeout;
  }

  /** Milliseconds since the registry stopped answering. 0 while it answers. */
  get staleFor(): number {
    const own = this.#awaySince === undefined ? 0 : performance.now() - this.#awaySince;
    return Math.max(own, this.#catalog.staleFor());
  }

  /** The name of every service. @throws {MicroError} 503 when the registry is unreachable and has never answered. */
  async list(): Promise<Found<readonly Service[]>> {
    const read = async () => {
      this.#names = await this.#registry.listServices({ signal: AbortSignal.timeout(readTimeout) });
      return this.#names;
    };
    return this.#read("list services", read, () => this.#known());
  }

  /** Every version of a service. @throws {MicroError} 404 when there is none, 503 as above. */
  async get(name: string): Promise<Found<readonly Service[]>> {
    const found = await this.#find(name);
    // Watches it from now on, so that it is known if the registry becomes unreachable.
    if (found.stale === 0) this.#catalog.load(name).catch(() => {});
    return found;
  }

  /**
   * Every service that has the endpoint. Ends the search when no caller waits for it any more.
   * @throws {MicroError} 408 when it takes longer than 5 s, 503 as above. The reason of `signal`.
   */
  withEndpoint(endpoint: string, signal: AbortSignal): Promise<Found<readonly Service[]>> {
    return this.#searches.get(endpoint, signal);
  }

  async #search(endpoint: string, signal: AbortSignal): Promise<Found<readonly Service[]>> {
    const { value, stale } = await this.list();
    const services = await searchEndpoint({
      endpoint,
      names: value.map(({ name }) => name),
      limit: this.#searchTimeout,
      signal,
      // While the registry is away, what is not known cannot be read either.
      read: async (name, end) =>
        stale > 0 ? (this.#catalog.services(name) ?? []) : this.#versions(name, end),
    });
    return { value: services, stale: Math.max(stale, this.staleFor) };
  }

  /** Empty for a service that is gone, or whose name no service of the toolkit can have. */
  async #versions(name: string, end: AbortSignal): Promise<readonly Service[]> {
    try {
      return (await this.#find(name, end)).value;
    } catch (error) {
      if (MicroError.is(error) && (error.code === 404 || error.code === 400)) return [];
      throw error;
    }
  }

  #find(name: string, end?: AbortSignal): Promise<Found<readonly Service[]>> {
    const read = async () => {
      const { controller, release } = anySignal(AbortSignal.timeout(readTimeout), end);
      try {
        return await this.#registry.getService(name, { signal: controller.signal });
      } finally {
        release();
      }
    };
    return this.#read(`get service "${name}"`, read, () => this.#catalog.services(name), end);
  }

  /** The last list of names, plus those that became known since. Undefined when there are none. */
  #known(): readonly Service[] | undefined {
    const names = this.#catalog.names();
    if (this.#names === undefined && names.length === 0) return undefined;
    const all = new Set([...(this.#names ?? []).map(({ name }) => name), ...names]);
    return [...all].sort().map(nameOnly);
  }

  /** While the registry is unreachable, returns the last known answer at once, and retries in the background. */
  async #read<T>(
    what: string,
    read: () => Promise<T>,
    known: () => T | undefined,
    end?: AbortSignal,
  ): Promise<Found<T>> {
    const kept = this.staleFor > 0 ? known() : undefined;
    if (kept !== undefined) {
      this.#checkInBackground(what, read);
      return { value: kept, stale: this.staleFor };
    }
    try {
      return { value: await this.#ask(what, read, end), stale: 0 };
    } catch (error) {
      const value = isRegistryError(error) ? undefined : known();
      if (value === undefined) throw error;
      return { value, stale: this.staleFor };
    }
  }

  /** Checks whether the registry is back. Runs only once at a time. */
  #checkInBackground(what: string, read: () => Promise<unknown>): void {
    this.#asking ??= this.#ask(what, read)
      .catch(() => {})
      .finally(() => {
        this.#asking = undefined;
      });
  }

  /** Reads the registry. @throws {MicroError} 503, also after the timeout. The reason of `end`, which says nothing about it. */
  async #ask<T>(what: string, read: () => Promise<T>, end?: AbortSignal): Promise<T> {
    try {
      const value = await read();
      this.#awaySince = undefined;
      return value;
    } catch (error) {
      if (end?.aborted) throw error;
      if (isRegistryError(error)) this.#awaySince = undefined;
      else this.#awaySince ??= performance.now();
      if (MicroError.is(error)) throw error;
      const detail = `${what}: the registry did not answer within ${readTimeout} ms`;
      throw unavailable("go.micro.registry", detail, { reason: "REGISTRY_UNREACHABLE", cause: error });
    }
  }
}
