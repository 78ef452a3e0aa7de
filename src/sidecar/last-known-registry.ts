import { pool } from "../core/async/pool.js";
import { MicroError, unavailable } from "../core/errors.js";
import type { Service } from "../core/service.js";
import type { Catalog } from "../registry/catalog/catalog.js";
import type { Registry } from "../registry/registry.js";
import { isRegistryError, nameOnly } from "../registry/wire/errors.js";

/** Milliseconds that a read of the registry may take. */
const readTimeout = 2000;
/** Endpoint searches read so many services at a time. */
const atOnce = 16;

/** What the registry says, or said when it still answered. */
export interface Found<T> {
  readonly value: T;
  /** Milliseconds since the registry stopped answering; 0 when this is its answer. */
  readonly stale: number;
}

/** Reads the registry, and keeps what it said for when it is away. */
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

  /** Milliseconds since the registry stopped answering; 0 while it does. */
  get staleFor(): number {
    const own = this.#awaySince === undefined ? 0 : performance.now() - this.#awaySince;
    return Math.max(own, this.#catalog.staleFor());
  }

  /** The name of every service. @throws {MicroError} 503 when the registry is away and never answered. */
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
    // From now on watched, so that it is known should the registry go away.
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

  /** The names that were listed last, and those that became known since; nothing when there are none. */
  #known(): readonly Service[] | undefined {
    const names = this.#catalog.names();
    if (this.#names === undefined && names.length === 0) return undefined;
    const all = new Set([...(this.#names ?? []).map(({ name }) => name), ...names]);
    return [...all].sort().map(nameOnly);
  }

  /** While the registry is known to be away, what is known is the answer at once, and the registry is asked beside it. */
  async #read<T>(what: string, read: () => Promise<T>, known: () => T | undefined): Promise<Found<T>> {
    const kept = this.staleFor > 0 ? known() : undefined;
    if (kept !== undefined) {
      this.#askBeside(what, read);
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

  /** Asks whether the registry is back: once at a time, however many requests come meanwhile. */
  #askBeside(what: string, read: () => Promise<unknown>): void {
    this.#asking ??= this.#ask(what, read)
      .catch(() => {})
      .finally(() => {
        this.#asking = undefined;
      });
  }

  /** @throws {MicroError} 503 also when the time is over. */
  async #ask<T>(what: string, read: () => Promise<T>): Promise<T> {
    try {
      const value = await read();
      this.#awaySince = undefined;
      return value;
    } catch (error) {
      if (isRegistryError(error)) this.#awaySince = undefined;
      else this.#awaySince ??= performance.now();
      if (MicroError.is(error)) throw error;
      const detail = `${what}: no answer of the registry in ${readTimeout} ms`;
      throw unavailable("go.micro.registry", detail, { reason: "REGISTRY_UNREACHABLE", cause: error });
    }
  }
}
