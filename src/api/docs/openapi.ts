import type { Endpoint, Service } from "../../core/service.js";
import { type ValueSchema, valueSchema } from "../../core/text/value-schema.js";
import type { EndpointRoute, Routes } from "../routing/routes.js";

/** An OpenAPI 3.1 document, with the members that the gateway writes. */
export interface OpenApi {
  readonly openapi: "3.1.0";
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
}

export interface OpenApiOptions {
  readonly namespace: string;
  readonly allows: (service: string) => boolean;
}

type Paths = Record<string, Record<string, object>>;

/** Describes everything that can currently be called: routes of services, paths by naming convention, and `/rpc`. */
export function openApi(routes: Routes, { namespace, allows }: OpenApiOptions): OpenApi {
  const paths: Paths = {
    "/rpc": { post: rpcOperation([...routes.services()].filter(({ name }) => allows(name))) },
  };
  for (const route of routes.all()) if (allows(route.service)) addRoute(paths, route);
  for (const service of routes.services())
    if (service.name.startsWith(`${namespace}.`) && allows(service.name)) addTable(paths, service, namespace);
  return {
    openapi: "3.1.0",
    info: {
      title: namespace,
      version: "1.0.0",
      description: "What the gateway reaches now, by the registry.",
    },
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function addRoute(paths: Paths, { pattern, methods, endpoint, service, handler }: EndpointRoute): void {
  const operations = operationsAt(paths, pattern.text);
  const names = pattern.names;
  const parameters = names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } }));
  const verbs = methods.length > 0 ? methods : ["POST"];
  for (const verb of verbs)
    operations[verb.toLowerCase()] ??= {
      ...operation(service, endpoint),
      ...(parameters.length > 0 && { parameters }),
      ...(handler === "rpc" && verb !== "GET" && { requestBody: jsonBody(valueSchema(endpoint.request)) }),
    };
}

/** Adds the path by naming convention, `/foo/bar/baz` for Bar.Baz of `foo`, of each endpoint without a route. */
function addTable(paths: Paths, service: Service, namespace: string): void {
  const first = service.name.slice(namespace.length + 1).replaceAll(".", "/");
  for (const endpoint of service.endpoints) {
    const { subscriber, path } = endpoint.metadata;
    if (subscriber === "true" || path !== undefined) continue;
    const rest = endpoint.name.split(".").map((word) => word.charAt(0).toLowerCase() + word.slice(1));
    const operations = operationsAt(paths, `/${first}/${rest.join("/")}`);
    for (const verb of ["get", "post"]) operations[verb] ??= operation(service.name, endpoint);
  }
}

function operationsAt(paths: Paths, path: string): Record<string, object> {
  const known = paths[path];
  if (known) return known;
  const operations: Record<string, object> = {};
  paths[path] = operations;
  return operations;
}

function operation(service: string, endpoint: Endpoint): object {
  const stream = endpoint.metadata.stream === "true";
  const description =
    endpoint.metadata.description ?? (stream ? "A stream: server-sent events, or a WebSocket." : "");
  return {
    tags: [service],
    summary: `${service} ${endpoint.name}`,
    ...(description !== "" && { description }),
    responses: {
      200: {
        description: stream ? "the stream" : "the response",
        content: stream
          ? { "text/event-stream": {} }
          : { "application/json": { schema: isApiMessage(endpoint) ? {} : valueSchema(endpoint.response) } },
      },
      default: { description: "an error", content: { "application/json": { schema: errorSchema } } },
    },
  };
}

/** True for a method with `api.Request` and `api.Response`, whose types do not describe the body. */
function isApiMessage({ response }: Endpoint): boolean {
  return response?.values.some(({ name }) => name === "statusCode" || name === "StatusCode") === true;
}

function rpcOperation(services: readonly Service[]): object {
  const names = [...new Set(services.map(({ name }) => name))].sort();
  const properties = {
    service: { type: "string", ...(names.length > 0 && { examples: names.slice(0, 100) }) },
    method: { type: "string" },
    request: {},
    address: { type: "string" },
  };
  return {
    tags: ["rpc"],
    summary: "call any method of any service",
    requestBody: jsonBody({ type: "object", required: ["service", "method"], properties }),
    responses: {
      200: { description: "the response", content: { "application/json": { schema: {} } } },
      default: { description: "an error", content: { "application/json": { schema: errorSchema } } },
    },
  };
}

function jsonBody(schema: ValueSchema | object): object {
  return { required: true, content: { "application/json": { schema } } };
}

const errorSchema = {
  type: "object",
  properties: {
    id: { type: "string" },
    code: { type: "integer" },
    detail: { type: "string" },
    status: { type: "string" },
  },
};
