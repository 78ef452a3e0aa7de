import cluster from "node:cluster";
import { matchesGlob } from "../core/text/glob.js";
import { callMetadata } from "../http/admission/edge-headers.js";
import { defaultLimits } from "../http/limits.js";
import type { HttpServer } from "../http/listener/listener.js";
import { Relay } from "../http/proxy/relay.js";
import { RpcHandler } from "../http/rpc/rpc.js";
import { httpServer } from "../http/server.js";
import type { Catalog } from "../registry/catalog/catalog.js";
import type { Change } from "../registry/registry.js";
import type { MicroService } from "../service/service.js";
import { openApiRoutes } from "./docs/openapi-routes.js";
import { Gateway } from "./gateway.js";
import { ApiHandler } from "./handlers/api-handler.js";
import { RpcRoutes } from "./handlers/rpc-routes.js";
import type { ApiOptions } from "./options.js";
import { InitialRoutes } from "./routing/initial-routes.js";
import { Routes } from "./routing/routes.js";
import { Routing } from "./routing/routing.js";
import { joinPool } from "./workers/worker.js";
import { openPool } from "./workers/worker-pool.js";

/**
 * The gateway for external clients: `/rpc`, paths to methods of services, and relayed HTTP. With `workers`, this
 * process serves no requests itself, but starts that many copies of itself that do.
 */
export async function api(service: MicroService, options: ApiOptions): Promise<HttpServer> {
  if ((options.workers ?? 1) > 1 && cluster.isPrimary) return openPool(options.workers ?? 1, options);
  const http = await gateway(service, options);
  if (cluster.isWorker) joinPool(http);
  await http.listen();
  return http;
}

async function gateway(service: MicroService, options: ApiOptions): Promise<HttpServer> {
  const { namespace = "go.micro.api", handler = "api", allow = [], timeout = 5000, log } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const { client, registry, catalog, selector } = service;
  const routes = new Routes();
  const closed = new AbortController();
  const first = new InitialRoutes(registry, catalog, { signal: closed.signal, log });
  const allows = (name: string) => allow.length === 0 || allow.some((glob) => matchesGlob(glob, name));
  const bodies = { limit: limits.body, timeout: defaultLimits.requestTimeout };
  const { proxyIdleTimeout: idle, proxyUploadTimeout: upload } = options;
  const relay = new Relay({ id: "go.micro.api", selector, registry, idle, upload, log });
  const methods = new RpcRoutes({ client, timeout, bodies, maxMessage: limits.webSocketMessage });
  const requestHandler = new Gateway({
    rpc: new RpcHandler({
      client,
      timeout,
      maxBody: limits.body,
      allows,
      metadata: callMetadata,
      label: "rpc",
      ...(log && { log }),
    }),
    api: new ApiHandler({ client, catalog, timeout }),
    methods,
    relay,
    routing: new Routing(routes, namespace, handler),
    first,
    allows,
    limits: bodies,
  });
  const http = await httpServer({
    ...options,
    name: "go.micro.api",
    public: true,
    requestHandler,
    nodesOut: () => selector.nodesOut?.(),
    ready: () => first.problem,
    limits: { ...options.limits, requestTimeout: 0 },
  });
  await http.app.register(openApiRoutes, { routes, first, namespace, allows });
  const following = follow(catalog, closed.signal, (change) => {
    routes.apply(change);
    first.arrived(change.service.name);
  });
  http.app.addHook("onClose", async () => {
    closed.abort();
    await Promise.all([methods.close(), relay.close(), following]);
  });
  return http;
}

/** Calls `take` with each change of the catalog, until the signal aborts. */
async function follow(catalog: Catalog, signal: AbortSignal, take: (change: Change) => void): Promise<void> {
  for await (const change of catalog.changes({ signal })) take(change);
}
