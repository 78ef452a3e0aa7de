import type { Node, Service } from "../../core/service.js";
import type { Filter } from "../../selector/selector.js";

/** True for a node of a Go service, which wants `api.Request` in protobuf. */
export function isGoNode(node: Node): boolean {
  return node.metadata.server === "rpc" || node.metadata.server === "mucp";
}

/** Which nodes of a service one call may go to, and what they read. */
export interface Dialect {
  readonly protobuf: boolean;
  /** Keeps the nodes that read it, where both kinds run side by side. */
  readonly filters?: readonly Filter[];
}

/** Picks the kind of node in proportion to how many there are. */
export function dialectOf(services: readonly Service[]): Dialect {
  let go = 0;
  let all = 0;
  for (const { nodes } of services)
    for (const node of nodes) {
      all++;
      if (isGoNode(node)) go++;
    }
  if (go === 0 || go === all) return { protobuf: go > 0 };
  const protobuf = Math.random() * all < go;
  return { protobuf, filters: [only((node) => isGoNode(node) === protobuf)] };
}

function only(wanted: (node: Node) => boolean): Filter {
  return (services) =>
    services
      .map((service) => ({ ...service, nodes: service.nodes.filter(wanted) }))
      .filter((service) => service.nodes.length > 0);
}
