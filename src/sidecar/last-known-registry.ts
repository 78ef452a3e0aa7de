import { pool } from "../core/async/pool.js";
import { MicroError, unavailable } from "../core/errors.js";
import type { Service } from "../core/service.js";
import type { Catalog } from "../registry/catalog/catalog.js";
import type { Registry } from "../registry/registry.js";
import { isRegistryError, nameOnly } from "../registry/wire/errors.js";

/** Milliseconds for one read of the registry. */
const readTimeout = 2000;
/** Number of services that a search for an endpoint reads at the same time. */
const atOnce = 16;

/** The answer of the registry, or the last known one. */
export interface Found<T> {
  readonly value: T;
  /** Milliseconds since the registry stopped answering. 0 for a current answer. */
  readonly stale: number;
}

/** Reads the registry, and remembers its answers for when it is unreachable. */
export class LastKnownRegistry {
  readonly #registry: Registry;
  readonly #catalog: Catalog;
  #names: readonly Service[] | undefined;
  #awaySince: number | undefined;
  #asking: Promise<unknown> | undefined;

  constructor(registry: Registry, catalog: Catalog) {
    this.#registry = registry;
    this.#catalog = catalog;
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

  /** Every service that has the endpoint. @throws {MicroError} 503 as above. */
  async withEndpoint(endpoint: string): Promise<Found<readonly Service[]>> {
    const names = await this.list();
    const all = await pool(names.value, atOnce, async ({ name }) => {
      const { value } = await this.#find(name).catch(() => ({ value: [] as readonly Service[] }));
      return value.filter(({ endpoints }) => endpoints.some((one) => one.name === endpoint));
    });
    return { value: all.flat(), stale: names.stale };
  }

  #find(name: string): Promise<Found<readonly Service[]>> {
    const read = () => this.#registry.getService(name, { signal: AbortSignal.timeout(readTimeout) });
    return this.#read(`get service "${name}"`, read, () => this.#catalog.services(name));
  }

  /** The last list of names, plus those that became known since. Undefined when there are none. */
  #known(): readonly Service[] | undefined {
    const names = this.#catalog.names();
    if (this.#names === undefined && names.length === 0) return undefined;
    const all = new Set([...(this.#names ?? []).map(({ name }) => name), ...names]);
    return [...all].sort().map(nameOnly);
  }

  /** While the registry is unreachable, returns the last known answer at once, and retries in the background. */
  async #read<T>(what: string, read: () => Promise<T>, known: () => T | undefined): Promise<Found<T>> {
    const kept = this.staleFor > 0 ? known() : undefined;
    if (kept !== undefined) {
      this.#checkInBackground(what, read);
      return { value: kept, stale: this.staleFor };
    }
    try {
      return { value: await this.#ask(what, read), stale: 0 };
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

  /** Reads the registry. @throws {MicroError} 503, also after the timeout. */
  async #ask<T>(what: string, read: () => Promise<T>): Promise<T> {
    try {
      const value = await read();
      this.#awaySince = undefined;
      return value;
    } catch (error) {
      if (isRegistryError(error)) this.#awaySince = undefined;
      else this.#awaySince ??= performance.now();
      if (MicroError.is(error)) throw error;
      const detail = `${what}: the registry did not answer within ${readTimeout} ms`;
      throw unavailable("go.micro.registry", detail, { reason: "REGISTRY_UNREACHABLE", cause: error });
    }
  }
}
