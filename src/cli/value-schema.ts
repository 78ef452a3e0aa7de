import type { Service } from "../core/service.js";
import { valueSchema } from "../core/value-schema.js";

/** A service as `--json` prints it: the wire's keys, the status of nodes, and a schema for each endpoint. */
export function serviceJson({ name, version, metadata, endpoints, nodes }: Service) {
  return {
    name,
    version,
    metadata,
    endpoints: endpoints.map(({ name, request, response, metadata }) => ({
      name,
      request,
      response,
      metadata,
      schema: { request: valueSchema(request), response: valueSchema(response) },
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
