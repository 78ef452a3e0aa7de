import type { Node, Service } from "../../core/service.js";
import type { Filter } from "../../selector/selector.js";

/** True for a node of a Go service, which expects `api.Request` in protobuf. */
export function isGoNode(node: Node): boolean {
  return node.metadata.server === "rpc" || node.metadata.server === "mucp";
}

/** The format of one call, and the nodes that accept it. */
export interface Dialect {
  readonly protobuf: boolean;
  /** Keeps the nodes that accept the format, if the service has both kinds. */
  readonly filters?: readonly Filter[];
}

/** Picks a format at random, in proportion to the number of nodes of each kind. */
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
