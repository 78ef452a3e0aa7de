import type { Endpoint, Node, Service } from "../../core/service.js";

/** One registration: a node with what it says about its service. */
export interface Entry {
  readonly name: string;
  readonly version: string;
  readonly endpoints: readonly Endpoint[];
  readonly node: Node;
}

/**
 * One service per name and version, in order of both, nodes in order of their ids. Its endpoints are those of the
 * first live node that has any.
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

/** One text for the name and version of a service. */
export function versionKey({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}\n${version}`;
}

/** The services without their critical nodes; a version that has no other is left out. */
export function healthy(services: readonly Service[]): Service[] {
  return services
    .map((service) => ({ ...service, nodes: service.nodes.filter(isHealthy) }))
    .filter(({ nodes }) => nodes.length > 0);
}

/** True unless the registry's check failed. */
export function isHealthy(node: Node): boolean {
  return node.status !== "critical";
}

/** True where nothing checks the node: it may have stopped long ago. */
export function isUnchecked({ status }: Node): boolean {
  return status === undefined || status === "unknown";
}

/** One entry of each node: it may be registered at two agents, at one of which it then turns critical. */
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
