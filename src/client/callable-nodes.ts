import type { Node, Service } from "../core/service.js";
import { usable } from "../registry/wire/group-by-version.js";
import { byNode, byVersion, preferEndpoint } from "../selector/filters.js";
import type { Filter } from "../selector/selector.js";

/** Why a node gets no call: it is critical, not the requested node or version, or lacks the method. */
export type LeftOutReason = "critical" | "node" | "version" | "method";

/** The nodes that a call may go to, and the others. */
export interface CallableNodes {
  readonly nodes: readonly Node[];
  readonly leftOut: readonly {
    readonly node: Node;
    readonly version: string;
    readonly reason: LeftOutReason;
  }[];
}

/** The target of a call. */
export interface Asked {
  readonly method: string;
  /** Id or `host:port`. Default: any node. */
  readonly node?: string | undefined;
  /** Not used with `node`. Default: any version. */
  readonly version?: string | undefined;
}

/** Applies the filters of catalog and client, in order. `versions` includes critical nodes. */
export function callableNodes(versions: readonly Service[], { method, node, version }: Asked): CallableNodes {
  const filters: [LeftOutReason, Filter][] = [["critical", usable]];
  if (node) filters.push(["node", byNode(node)]);
  else if (version) filters.push(["version", byVersion(version)]);
  filters.push(["method", preferEndpoint(method)]);
  const leftOut: CallableNodes["leftOut"][number][] = [];
  let rest = versions;
  for (const [reason, filter] of filters) {
    const kept = filter(rest);
    const still = new Set(nodesOf(kept));
    for (const { version, nodes } of rest)
      for (const each of nodes) if (!still.has(each)) leftOut.push({ node: each, version, reason });
    rest = kept;
  }
  return { nodes: nodesOf(rest), leftOut };
}

function nodesOf(services: readonly Service[]): readonly Node[] {
  return services.flatMap(({ nodes }) => nodes);
}
