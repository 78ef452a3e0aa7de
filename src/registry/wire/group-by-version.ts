import type { Endpoint, Node, Service } from "../../core/service.js";

/** One registration: a node, and what it registered about its service. */
export interface Entry {
  readonly name: string;
  readonly version: string;
  readonly endpoints: readonly Endpoint[];
  readonly node: Node;
}

/**
 * Groups entries into services by name and version, sorted, each with its nodes sorted by id. The endpoints of a
 * version are those of its first healthy node that has any.
 */
export function groupByVersion(entries: Iterable<Entry>): Service[] {
  const versions = new Map<string, Entry[]>();
  for (const entry of unique(entries).sort((a, b) => compare(a.node.id, b.node.id))) {
    const key = versionKey(entry);
    const members = versions.get(key);
    if (members) members.push(entry);
    else versions.set(key, [entry]);
  }
  return [...versions.values()].map(merge).sort(byVersion);
}

/** Returns one text for the name and version of a service. */
export function versionKey({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}\n${version}`;
}

/** Returns the services without their critical nodes. Versions without any other node are left out. */
export function healthy(services: readonly Service[]): Service[] {
  return services
    .map((service) => ({ ...service, nodes: service.nodes.filter(isHealthy) }))
    .filter(({ nodes }) => nodes.length > 0);
}

/** Drops critical nodes, unless all are critical: then any is better than none. */
export function usable(services: readonly Service[]): readonly Service[] {
  const rest = healthy(services);
  return rest.length > 0 ? rest : services;
}

/** True unless the registry's check failed. */
export function isHealthy(node: Node): boolean {
  return node.status !== "critical";
}

/** True if nothing checks the node: it may have stopped long ago. */
export function isUnchecked({ status }: Node): boolean {
  return status === undefined || status === "unknown";
}

/**
 * Keeps one entry per node, a healthy one if there is any. A node may be registered at two Consul agents, and turn
 * critical at the one it has left.
 */
function unique(entries: Iterable<Entry>): Entry[] {
  const nodes = new Map<string, Entry>();
  for (const entry of entries) {
    const key = `${entry.name}\n${entry.node.id}`;
    const known = nodes.get(key);
    if (known === undefined || (isHealthy(entry.node) && !isHealthy(known.node))) nodes.set(key, entry);
  }
  return [...nodes.values()];
}

function merge(entries: readonly Entry[]): Service {
  const described = entries.filter(({ endpoints }) => endpoints.length > 0);
  const chosen = described.find(({ node }) => isHealthy(node)) ?? described[0];
  return {
    name: entries[0]?.name ?? "",
    version: entries[0]?.version ?? "",
    metadata: {},
    endpoints: chosen?.endpoints ?? [],
    nodes: entries.map(({ node }) => node),
  };
}

function byVersion(a: Service, b: Service): number {
  return compare(a.name, b.name) || compare(a.version, b.version);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
