import type { Service } from "../core/service.js";
import { wireEndpoints } from "../core/text/field-names.js";
import { valueSchema } from "../core/text/value-schema.js";

/** Returns a service for `--json`: the keys of the wire, the status of nodes, and a schema per endpoint. */
export function formatServiceJson(service: Service) {
  const { name, version, metadata, endpoints, nodes } = service;
  const named = wireEndpoints(service);
  return {
    name,
    version,
    metadata,
    endpoints: endpoints.map(({ name, request, response, metadata }, index) => ({
      name,
      request,
      response,
      metadata,
      schema: {
        request: valueSchema(named[index]?.request ?? null),
        response: valueSchema(named[index]?.response ?? null),
      },
    })),
    nodes: nodes.map(({ id, address, port, metadata, status }) => ({
      id,
      address,
      port,
      metadata,
      status: status ?? "unknown",
    })),
  };
}
