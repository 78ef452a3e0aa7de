import type { ServiceRates, ServiceSummary } from "../src/web/model.js";

export const orders = ["name", "health", "nodes", "rate", "p99", "errors"] as const;
export type Order = (typeof orders)[number];

/** What the list of services shows, and in which order. */
export interface Choice {
  readonly query: string;
  readonly order: Order;
  /** Only services that are not wholly well. */
  readonly trouble: boolean;
}

/** Each word of the query must be in the name, a version or a topic. */
export function select(
  services: readonly ServiceSummary[],
  rates: ReadonlyMap<string, ServiceRates>,
  { query, order, trouble }: Choice,
): readonly ServiceSummary[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = services.filter(
    (service) => (!trouble || isTroubled(service)) && words.every((word) => has(service, word)),
  );
  return found.sort((a, b) => rank(b, order, rates) - rank(a, order, rates) || byName(a, b));
}

export type Health = "ok" | "partly" | "down" | "unchecked" | "none";

interface Counts {
  readonly nodes: number;
  readonly passing: number;
  readonly unchecked: number;
}

/** Well is only what a check of every node says. */
export function healthOf({ nodes, passing, unchecked }: Counts): Health {
  if (nodes === 0) return "none";
  if (passing === nodes) return unchecked > 0 ? "unchecked" : "ok";
  return passing === 0 ? "down" : "partly";
}

/** True where a node fails or none is there; nodes that nothing checks are no trouble. */
export function isTroubled({ nodes, passing }: ServiceSummary): boolean {
  return passing < nodes || nodes === 0;
}

function has({ name, versions, topics }: ServiceSummary, word: string): boolean {
  return (
    name.toLowerCase().includes(word) ||
    versions.some((version) => version.toLowerCase().includes(word)) ||
    topics.some((topic) => topic.toLowerCase().includes(word))
  );
}

function rank(service: ServiceSummary, order: Order, rates: ReadonlyMap<string, ServiceRates>): number {
  switch (order) {
    case "name":
      return 0;
    case "health":
      return service.nodes === 0 ? -1 : 1 - service.passing / service.nodes;
    case "nodes":
      return service.nodes;
    case "rate":
      return rates.get(service.name)?.rate ?? -1;
    case "p99":
      return rates.get(service.name)?.p99 ?? -1;
    case "errors":
      return rates.get(service.name)?.errors ?? -1;
  }
}

function byName(a: ServiceSummary, b: ServiceSummary): number {
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}
