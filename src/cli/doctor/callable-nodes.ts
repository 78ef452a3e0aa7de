import type { Node, Service } from "../../core/service.js";
import { isHealthy } from "../../registry/wire/group-by-version.js";
import { byNode, byVersion, preferEndpoint } from "../../selector/filters.js";
import type { Filter } from "../../selector/selector.js";
import type { CallFlags } from "../target/call-flags.js";

/** The nodes that a call may reach, and those that it does not, each with the reason. */
export interface CallableNodes {
  readonly versions: readonly Service[];
  readonly nodes: readonly Node[];
  readonly leftOut: readonly { readonly node: Node; readonly why: string }[];
}

/** A filter that the catalog or the client applies to the versions, and what it says of a node that it drops. */
interface Rule {
  readonly filter: Filter;
  why(version: string): string;
}

/** Applies the rules of a call of `method` in their order. `versions` holds critical nodes too. */
export function callableNodes(
  versions: readonly Service[],
  method: string,
  { node, service_version }: Pick<CallFlags, "node" | "service_version">,
): CallableNodes {
  const rules: Rule[] = [{ filter: healthyIfAny, why: () => "critical" }];
  if (node) rules.push({ filter: byNode(node), why: () => `not --node ${node}` });
  else if (service_version)
    rules.push({ filter: byVersion(service_version), why: () => `not --service_version ${service_version}` });
  rules.push({ filter: preferEndpoint(method), why: (version) => `version ${version} has no ${method}` });
  const leftOut: { node: Node; why: string }[] = [];
  let rest = versions;
  for (const { filter, why } of rules) {
    const kept = filter(rest);
    const ids = new Set(nodesOf(kept));
    for (const { version, nodes } of rest)
      for (const each of nodes) if (!ids.has(each)) leftOut.push({ node: each, why: why(version) });
    rest = kept;
  }
  return { versions: rest, nodes: nodesOf(rest), leftOut };
}

/** As the catalog does: critical nodes get calls only if all are critical. */
const healthyIfAny: Filter = (services) =>
  services.some(({ nodes }) => nodes.some(isHealthy))
    ? services.map((service) => ({ ...service, nodes: service.nodes.filter(isHealthy) }))
    : services;

function nodesOf(services: readonly Service[]): readonly Node[] {
  return services.flatMap(({ nodes }) => nodes);
}
