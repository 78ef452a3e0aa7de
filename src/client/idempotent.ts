import type { Service } from "../core/service.js";
import type { Catalog } from "../registry/catalog/catalog.js";

/** The methods marked as idempotent in the registry: their endpoints have the metadata `idempotent` = `true`. */
export class IdempotentMethods {
  readonly #catalog: Catalog;
  /** Cached per list: the catalog returns a new one after each change. */
  readonly #read = new WeakMap<readonly Service[], ReadonlySet<string>>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  has(service: string, method: string): boolean {
    const services = this.#catalog.services(service);
    if (!services) return false;
    return (this.#read.get(services) ?? this.#add(services)).has(method);
  }

  #add(services: readonly Service[]): ReadonlySet<string> {
    const endpoints = services.flatMap((service) => service.endpoints);
    const idempotent = endpoints.filter(({ metadata }) => metadata.idempotent === "true");
    const methods = new Set(idempotent.map(({ name }) => name));
    this.#read.set(services, methods);
    return methods;
  }
}
