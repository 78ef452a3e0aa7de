import type { CheckEntry, ExternalNode, Keyed, ServiceEntry, Status } from "./model.js";
import type { Store } from "./store.js";

/** The identity of this agent, which is a node in its own catalog. */
export interface AgentNode {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly datacenter: string;
}

const noIndex = { CreateIndex: 0, ModifyIndex: 0 };

/** Returns the node that an entry belongs to: an external one, or this agent. */
export function nodeOf(
  own: AgentNode,
  store: Store,
  { node }: Pick<Keyed, "node">,
): AgentNode | ExternalNode {
  return (node === undefined ? undefined : store.nodes.get(node)) ?? own;
}

/** Returns a node as in `/v1/catalog/nodes` and `/v1/health/service`. */
export function nodeView(node: AgentNode | ExternalNode) {
  if ("meta" in node)
    return {
      ID: node.id,
      Node: node.name,
      Address: node.address,
      Datacenter: node.datacenter,
      TaggedAddresses: node.taggedAddresses,
      Meta: node.meta,
      CreateIndex: node.createIndex,
      ModifyIndex: node.modifyIndex,
    };
  const { id, name, address, datacenter } = node;
  return {
    ID: id,
    Node: name,
    Address: address,
    Datacenter: datacenter,
    TaggedAddresses: { lan: address, lan_ipv4: address, wan: address, wan_ipv4: address },
    Meta: {},
    CreateIndex: 1,
    ModifyIndex: 1,
  };
}

/** Returns a service as in `/v1/agent/services`. */
export function agentServiceView(service: ServiceEntry) {
  return {
    ID: service.id,
    Service: service.name,
    Tags: service.tags,
    Meta: service.meta,
    Port: service.port,
    Address: service.address,
    ...(Object.keys(service.taggedAddresses).length > 0 && { TaggedAddresses: service.taggedAddresses }),
    Weights: service.weights,
    EnableTagOverride: service.enableTagOverride,
  };
}

/** Returns a service as in `/v1/health/service`. */
export function healthServiceView(service: ServiceEntry) {
  return {
    ...agentServiceView(service),
    Proxy: { MeshGateway: {}, Expose: {} },
    Connect: {},
    CreateIndex: service.createIndex,
    ModifyIndex: service.modifyIndex,
  };
}

/** Returns a service as in `/v1/catalog/service`, together with its node. */
export function catalogServiceView(node: AgentNode | ExternalNode, service: ServiceEntry) {
  const { Meta, CreateIndex: _created, ModifyIndex: _modified, ...shown } = nodeView(node);
  return {
    ...shown,
    NodeMeta: Meta,
    ServiceKind: "",
    ServiceID: service.id,
    ServiceName: service.name,
    ServiceTags: service.tags,
    ServiceAddress: service.address,
    ...(Object.keys(service.taggedAddresses).length > 0 && {
      ServiceTaggedAddresses: service.taggedAddresses,
    }),
    ServiceWeights: service.weights,
    ServiceMeta: service.meta,
    ServicePort: service.port,
    ServiceEnableTagOverride: service.enableTagOverride,
    ServiceProxy: { MeshGateway: {}, Expose: {} },
    ServiceConnect: {},
    CreateIndex: service.createIndex,
    ModifyIndex: service.modifyIndex,
  };
}

/** Returns a check with the name and tags of its service. */
export function checkView(node: AgentNode, store: Store, check: CheckEntry) {
  const service = store.serviceOf(check);
  return {
    Node: nodeOf(node, store, check).name,
    CheckID: check.id,
    Name: check.name,
    Status: check.status,
    Notes: check.notes,
    Output: check.output,
    ServiceID: check.serviceId,
    ServiceName: service?.name ?? "",
    ServiceTags: service?.tags ?? [],
    Type: check.probe.type,
    Definition: {},
    CreateIndex: check.createIndex,
    ModifyIndex: check.modifyIndex,
  };
}

/** Returns a check as in `/v1/agent/checks`, without the indexes of the catalog. */
export function agentCheckView(node: AgentNode, store: Store, check: CheckEntry) {
  return { ...checkView(node, store, check), ...noIndex };
}

/** Sorts entries by id, as Consul does. Of the same id, that of this node comes first. */
export function sorted<T extends Keyed>(entries: Iterable<T>): readonly T[] {
  return [...entries].sort((a, b) => compare(a.id, b.id) || compare(a.node ?? "", b.node ?? ""));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Returns the worst of several statuses. */
export function worst(statuses: Iterable<Status>): Status {
  const all = new Set(statuses);
  if (all.has("critical")) return "critical";
  return all.has("warning") ? "warning" : "passing";
}
