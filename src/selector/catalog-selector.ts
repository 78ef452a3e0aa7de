import { notFound } from "../core/errors.js";
import type { Log } from "../core/log/log.js";
import type { Node, Service } from "../core/service.js";
import { type Clock, systemClock } from "../core/time/clock.js";
import type { Catalog } from "../registry/catalog/catalog.js";
import { preferEndpoint } from "./filters.js";
import { type HealthProbe, Outliers, type Reach } from "./outliers.js";
import type { ForwardedRequest, Next, Outcome, SelectOptions, Selector, Strategy } from "./selector.js";
import { leastOutstanding } from "./strategies.js";
import { Versions } from "./versions.js";

/** Options of a `CatalogSelector`. */
export interface CatalogSelectorOptions {
  /** How to pick a node. Default: least outstanding of two, weighted by latency. */
  readonly strategy?: Strategy;
  /** Checks the health of a suspicious node. Default: none, and ejected nodes come back after a time. */
  readonly probe?: HealthProbe;
  /** Checks a node that speaks plain HTTP, by connecting to it. Default: none. */
  readonly reach?: Reach;
  /** Receives a line when a node goes out, and one when it is back. Default: nothing is logged. */
  readonly log?: Log;
  /** The clock to wait by. Default: the clock of this machine. */
  readonly clock?: Clock;
}

/** Selects from a catalog. Nodes that fail are ejected until a probe succeeds. */
export class CatalogSelector implements Selector {
  readonly #catalog: Catalog;
  readonly #outliers: Outliers;
  readonly #strategy: Strategy;
  readonly #clock: Clock;
  readonly #versions = new Versions();
  /** The prepared strategy for each list of services. The catalog returns the same list until something changes. */
  readonly #prepared = new WeakMap<readonly Service[], Next>();

  /** Makes a selector. It does not close the catalog. */
  constructor(catalog: Catalog, options: CatalogSelectorOptions = {}) {
    const { clock = systemClock } = options;
    this.#catalog = catalog;
    this.#clock = clock;
    this.#outliers = new Outliers({ ...options, clock, services: (name) => catalog.services(name) });
    this.#strategy = options.strategy ?? leastOutstanding((node) => this.#outliers.state(node), clock);
  }

  select(service: string, options?: SelectOptions): Next | Promise<Next> {
    const services = this.#catalog.services(service);
    if (services) return this.#next(service, services, options);
    const left = options?.deadline?.left() ?? Number.POSITIVE_INFINITY;
    // without a deadline, as for a stream, the default limit of the catalog applies
    const timeout = Number.isFinite(left) ? lookupTime(left) : undefined;
    const loaded = this.#catalog.load(service, { signal: options?.signal, timeout });
    return loaded.then((found) => this.#next(service, found, options));
  }

  sent(node: Node, now = this.#clock.now()): void {
    this.#outliers.sent(node, now);
  }

  mark(node: Node, outcome: Outcome, now = this.#clock.now()): void {
    this.#outliers.mark(node, outcome, now);
  }

  forwarded(node: Node, uploading: boolean): ForwardedRequest {
    return this.#outliers.forwarded(node, uploading);
  }

  /** The number of nodes that are out and have answered no call since, by service. */
  nodesOut(): ReadonlyMap<string, number> {
    return this.#outliers.out;
  }

  /** Stops all probes. Closing twice is not an error. */
  async close(): Promise<void> {
    this.#outliers.close();
  }

  /** Same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #next(name: string, services: readonly Service[], options: SelectOptions | undefined): Next {
    if (!options?.filters?.length && !options?.strategy) {
      const fitting = this.#versions.of(services, options?.endpoint);
      return this.#prepared.get(fitting) ?? this.#prepare(name, fitting);
    }
    this.#outliers.belongTo(services);
    const filtered = (options.filters ?? []).reduce((rest, filter) => filter(rest), services);
    const kept = options.endpoint === undefined ? filtered : preferEndpoint(options.endpoint)(filtered);
    if (!kept.some((service) => service.nodes.length > 0)) throw noNode(name, services);
    return (options.strategy ?? this.#strategy)(kept);
  }

  #prepare(name: string, services: readonly Service[]): Next {
    if (!services.some((service) => service.nodes.length > 0)) throw noNode(name, services);
    this.#outliers.peers(services);
    const next = this.#strategy(services);
    this.#prepared.set(services, next);
    return next;
  }
}

/** Returns a little less than the call has left: a failed lookup tells more than an expired deadline. */
function lookupTime(left: number): number {
  return left - Math.min(100, left / 20);
}

function noNode(service: string, services: readonly Service[]): Error {
  const nodes = services.reduce((count, { nodes }) => count + nodes.length, 0);
  const detail =
    nodes === 0 ? "none available" : `none available: ${nodes} registered, none fits the filters`;
  return notFound("go.micro.client", `select a node of "${service}": ${detail}`, {
    reason: "NO_NODES",
    executed: "no",
  });
}
