import type { CheckEntry, ServiceEntry, Status } from "./model.js";
import type { Store } from "./store.js";

/** Who this agent says it is: the one node of its catalog. */
export interface AgentNode {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly datacenter: string;
}

const noIndex = { CreateIndex: 0, ModifyIndex: 0 };

/** A node as `/v1/catalog/nodes` and `/v1/health/service` show it. */
export function nodeView({ id, name, address, datacenter }: AgentNode) {
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

/** A service as the agent shows its own. */
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

/** A service as `/v1/health/service` shows it. */
export function healthServiceView(service: ServiceEntry) {
  return {
    ...agentServiceView(service),
    Proxy: { MeshGateway: {}, Expose: {} },
    Connect: {},
    CreateIndex: service.createIndex,
    ModifyIndex: service.modifyIndex,
  };
}

/** A service as `/v1/catalog/service` shows it, its node beside it. */
export function catalogServiceView(node: AgentNode, service: ServiceEntry) {
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

/** A check, with what belongs to its service. */
export function checkView(node: AgentNode, store: Store, check: CheckEntry) {
  const service = store.services.get(check.serviceId);
  return {
    Node: node.name,
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

/** The same as the agent itself shows it: without the indexes of the catalog. */
export function agentCheckView(node: AgentNode, store: Store, check: CheckEntry) {
  return { ...checkView(node, store, check), ...noIndex };
}

/** In the order of their ids, as Consul lists them. */
export function sorted<T extends { readonly id: string }>(entries: Iterable<T>): readonly T[] {
  return [...entries].sort((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id)));
}

/** The worst of several. */
export function worst(statuses: Iterable<Status>): Status {
  const all = new Set(statuses);
  if (all.has("critical")) return "critical";
  return all.has("warning") ? "warning" : "passing";
}
