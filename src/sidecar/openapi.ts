/** The OpenAPI 3.1 description of a sidecar's routes. */
export const openapi = {
  openapi: "3.1.0",
  info: {
    title: "micro sidecar",
    version: "1",
    description:
      "Registration, discovery, calls, streams, publish and subscribe over HTTP, for any language.",
  },
  paths: {
    "/registry": {
      get: {
        summary: "List services, or get one",
        description:
          "With Accept: text/event-stream: all registered services, then each change as it happens.",
        parameters: [
          query("service", "name of the one service to get, every version of it"),
          query("endpoint", "endpoint to search all services for"),
        ],
        responses: {
          200: json("services", list("Service")),
          404: error("no such service"),
          504: error("the search for an endpoint took longer than 5 s"),
        },
      },
      post: {
        summary: "Register a service, or renew it",
        parameters: [query("ttl", "time after which it is unhealthy unless renewed, such as 30s")],
        requestBody: body(ref("Service")),
        responses: { 200: { description: "registered" }, 400: error("not a service definition") },
      },
      delete: {
        summary: "Deregister a service; name and node ids are enough",
        requestBody: body(ref("Service")),
        responses: { 200: { description: "deregistered" }, 400: error("not a service definition") },
      },
    },
    "/rpc": {
      post: {
        summary: "Call a method of a service",
        description: "JSON, or a form with service, method and request. Timeout: nanoseconds for the call.",
        requestBody: body(ref("Call")),
        responses: { 200: json("the response", {}), default: error("what the service answered") },
      },
    },
    "/{service}/{method}": {
      post: {
        summary: "Call a method of a service: the short form",
        parameters: [path("service"), path("method")],
        requestBody: body({}),
        responses: { 200: json("the response", {}), default: error("what the service answered") },
      },
    },
    "/stream": {
      get: {
        summary: "Open a stream, as WebSocket or as server-sent events",
        parameters: [
          query("service", "name of the service", true),
          query("method", "method that streams", true),
          query("node", "the one node to call"),
          query("request", "first request, as JSON"),
        ],
        responses: { 101: { description: "a text frame of JSON per message" }, 200: events("responses") },
      },
      post: {
        summary: "Send requests, one JSON value per line, and read the responses as they arrive",
        parameters: [
          query("service", "name of the service", true),
          query("method", "method that streams", true),
        ],
        requestBody: { content: { "application/x-ndjson": { schema: { type: "string" } } } },
        responses: { 200: { description: "responses", content: { "application/x-ndjson": {} } } },
      },
    },
    "/broker": {
      get: {
        summary: "Subscribe, as WebSocket (with micro.broker.v1: framed) or as server-sent events",
        parameters: [
          query("topic", "topic; not for framed sockets, which name topics in frames"),
          query("queue", "queue; its subscribers share the messages"),
        ],
        responses: {
          101: { description: 'frames {"Header":{},"Body":"<base64>"}' },
          200: events("messages"),
          400: error("no topic, or no way to subscribe"),
        },
      },
      post: {
        summary: "Publish the body",
        description: "Headers of the request become headers of the message.",
        parameters: [
          query("topic", "topic to publish to", true),
          query("content_type", "content type of the message, if it differs from that of the request"),
        ],
        requestBody: { content: { "*/*": {} } },
        responses: { 200: { description: "every subscriber acknowledged" }, default: error("not published") },
      },
    },
    "/health": {
      get: {
        summary: "Health of the application, the registry and the broker",
        responses: { 200: json("healthy", {}), default: error("the status of the health check") },
      },
    },
    "/health/live": { get: { summary: "The process is running", responses: { 200: json("yes", {}) } } },
    "/health/ready": {
      get: { summary: "The sidecar is ready for requests", responses: { 200: json("yes", {}) } },
    },
    "/metrics": {
      get: { summary: "Metrics for Prometheus", responses: { 200: { description: "text" } } },
    },
  },
  components: {
    securitySchemes: { token: { type: "http", scheme: "bearer" } },
    schemas: {
      Service: object({
        name: { type: "string" },
        version: { type: "string" },
        metadata: nullable(strings()),
        endpoints: nullable(list("Endpoint")),
        nodes: nullable(list("Node")),
      }),
      Node: object({
        id: { type: "string" },
        address: { type: "string" },
        port: { type: "integer", minimum: 0, maximum: 65_535 },
        metadata: nullable(strings()),
      }),
      Endpoint: object({
        name: { type: "string" },
        request: nullable(ref("Value")),
        response: nullable(ref("Value")),
        metadata: nullable(strings()),
      }),
      Value: object({
        name: { type: "string" },
        type: { type: "string" },
        values: nullable(list("Value")),
      }),
      Call: object({
        service: { type: "string" },
        method: { type: "string" },
        request: { description: "any JSON value, or a string that contains JSON" },
        address: { type: "string", description: "the one node of the service to call, host:port" },
      }),
      Error: object({
        id: { type: "string", description: "the service or part that failed" },
        code: { type: "integer", description: "HTTP status" },
        detail: { type: "string" },
        status: { type: "string" },
      }),
    },
  },
};

function query(name: string, description: string, required = false) {
  return { name, in: "query", description, required, schema: { type: "string" } };
}

function path(name: string) {
  return { name, in: "path", required: true, schema: { type: "string" } };
}

function body(schema: object) {
  return { required: true, content: { "application/json": { schema } } };
}

function json(description: string, schema: object) {
  return { description, content: { "application/json": { schema } } };
}

function events(description: string) {
  return { description, content: { "text/event-stream": { schema: { type: "string" } } } };
}

function error(description: string) {
  return json(description, ref("Error"));
}

function ref(name: string) {
  return { $ref: `#/components/schemas/${name}` };
}

function list(name: string) {
  return { type: "array", items: ref(name) };
}

function strings() {
  return { type: "object", additionalProperties: { type: "string" } };
}

function nullable(schema: object) {
  return { anyOf: [schema, { type: "null" }] };
}

function object(properties: object) {
  return { type: "object", properties };
}
