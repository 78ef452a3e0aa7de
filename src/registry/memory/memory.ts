import type { Abortable } from "../../core/closeable.js";
import type { Service } from "../../core/service.js";
import { Snapshot } from "../catalog/snapshot.js";
import type { Change, GetOptions, RegisterOptions, Registry, WatchOptions } from "../registry.js";
import { watchChanges } from "../watch/change-stream.js";
import { nameOnly, notRegistered, requireEntry } from "../wire/errors.js";
import { healthy } from "../wire/group-by-version.js";
import { MemoryStore } from "./memory-store.js";

export { MemoryStore } from "./memory-store.js";

/** A registry inside one process, for tests and for programs that consist of one process. */
export class MemoryRegistry implements Registry {
  readonly name = "memory";
  readonly #store: MemoryStore;
  readonly #closed = new AbortController();

  constructor(store: MemoryStore = new MemoryStore()) {
    this.#store = store;
  }

  async register(service: Service, options: RegisterOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    requireEntry(service);
    const { name, version, endpoints } = service;
    for (const node of service.nodes) this.#store.put({ name, version, endpoints, node }, options.ttl);
  }

  async deregister(service: Service, options: Abortable = {}): Promise<void> {
    options.signal?.throwIfAborted();
    for (const node of service.nodes) this.#store.remove(service.name, node.id);
  }

  async getService(name: string, options: GetOptions = {}): Promise<readonly Service[]> {
    options.signal?.throwIfAborted();
    const services = this.#read(name, options);
    if (services.length === 0) throw notRegistered(name);
    return services;
  }

  async listServices(options: Abortable = {}): Promise<readonly Service[]> {
    options.signal?.throwIfAborted();
    return this.#store.names().sort().map(nameOnly);
  }

  watch(options: WatchOptions = {}): AsyncIterable<Change> {
    return watchChanges(
      (push, signal) =>
        new Promise((resolve) => {
          const snapshot = new Snapshot();
          const changed = (name: string) => {
            if (options.service !== undefined && options.service !== name) return;
            for (const change of snapshot.replace(name, this.#read(name, options))) push(change);
          };
          const stop = this.#store.observe(changed);
          signal.addEventListener(
            "abort",
            () => {
              stop();
              resolve();
            },
            { once: true },
          );
          for (const name of this.#store.names()) changed(name);
        }),
      options,
      this.#closed.signal,
    );
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #read(name: string, { unhealthy = false }: GetOptions): Service[] {
    const services = this.#store.services(name);
    return unhealthy ? services : healthy(services);
  }
}
