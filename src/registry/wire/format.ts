import type { Endpoint, Metadata, Node, Service, Value } from "../../core/service.js";

/** Returns the JSON value of a service as Go programs write it: empty lists and maps are null. */
export function formatService(service: Service): unknown {
  return {
    name: service.name,
    version: service.version,
    metadata: orNull(service.metadata),
    endpoints: listOrNull(service.endpoints, formatEndpoint),
    nodes: listOrNull(service.nodes, formatNode),
  };
}

/** Returns the JSON value of an endpoint as Go programs write it. */
export function formatEndpoint(endpoint: Endpoint): unknown {
  return {
    name: endpoint.name,
    request: formatValue(endpoint.request),
    response: formatValue(endpoint.response),
    metadata: endpoint.metadata,
  };
}

function formatNode({ id, address, port, metadata }: Node): unknown {
  return { id, address, port, metadata };
}

function formatValue(value: Value | null): unknown {
  if (value === null) return null;
  return { name: value.name, type: value.type, values: listOrNull(value.values, formatValue) };
}

function listOrNull<T>(list: readonly T[], format: (item: T) => unknown): unknown[] | null {
  return list.length === 0 ? null : list.map(format);
}

function orNull(metadata: Metadata): Metadata | null {
  return Object.keys(metadata).length === 0 ? null : metadata;
}
