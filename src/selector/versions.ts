import type { Service } from "../core/service.js";
import { preferEndpoint } from "./filters.js";

/** The preferred versions, by endpoint name. */
type ByEndpoint = ReadonlyMap<string, readonly Service[]>;

/** Caches `preferEndpoint` by list of services, and returns the same list each time. */
export class Versions {
  readonly #known = new WeakMap<readonly Service[], ByEndpoint>();

  of(services: readonly Service[], endpoint: string | undefined): readonly Service[] {
    if (services.length < 2 || endpoint === undefined) return services;
    return (this.#known.get(services) ?? this.#add(services)).get(endpoint) ?? services;
  }

  /** Computes the preferred versions of every endpoint. */
  #add(services: readonly Service[]): ByEndpoint {
    const known = new Map<string, readonly Service[]>();
    /** Equal lists are one object, because the round robin strategy keeps its position per list. */
    const lists = new Map<string, readonly Service[]>();
    for (const { name } of services.flatMap(({ endpoints }) => endpoints)) {
      if (known.has(name)) continue;
      const kept = preferEndpoint(name)(services);
      const key = kept.map((service) => services.indexOf(service)).join();
      const list = kept.length === services.length ? services : (lists.get(key) ?? kept);
      lists.set(key, list);
      known.set(name, list);
    }
    this.#known.set(services, known);
    return known;
  }
}
