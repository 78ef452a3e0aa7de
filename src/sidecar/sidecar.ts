import { silent } from "../core/log.js";
import { RpcHandler } from "../http/rpc.js";
import { type Front, type HttpServer, httpServer } from "../http/server.js";
import { webSockets } from "../http/websocket.js";
import type { MicroService } from "../service/service.js";
import { AppBeside } from "./app/beside.js";
import { framedProtocol } from "./broker/frames.js";
import { Sessions } from "./broker/sessions.js";
import { Topics } from "./broker/topics.js";
import { Directory } from "./directory.js";
import { type SidecarOptions, sidecarId } from "./options.js";
import { brokerRoutes } from "./routes/broker.js";
import { callRoute } from "./routes/call.js";
import { healthRoute } from "./routes/health.js";
import { openapiRoutes } from "./routes/openapi.js";
import { registryRoutes } from "./routes/registry.js";
import { streamRoutes } from "./routes/stream.js";

/** Milliseconds that a caller's `Timeout` may ask for. */
const maxTimeout = 300_000;

/**
 * The framework over HTTP, for applications in any language. Listens at 127.0.0.1:8081 unless told otherwise; the
 * service's registry and broker need not answer yet.
 */
export async function sidecar(service: MicroService, options: SidecarOptions = {}): Promise<HttpServer> {
  const { client, registry, broker } = service;
  const log = options.log ?? silent;
  const calls = { client, timeout: options.timeout ?? 5000, maxTimeout, log };
  const directory = new Directory(registry);
  const rpc = new RpcHandler({
    ...calls,
    decorate: (response) => {
      const stale = directory.staleFor;
      if (stale > 0) response.setHeader("X-Micro-Registry-Stale", Math.ceil(stale / 1000));
    },
  });
  const address = options.address ?? "127.0.0.1:8081";
  const http = await httpServer({ name: sidecarId, ...options, address, front: rpcFront(rpc) });
  const beside = options.app && new AppBeside(registry, options.app, log);
  const sessions = new Sessions(options.slow ?? "gap");
  const { app, stopping } = http;
  app.addHook("onClose", async () => {
    await Promise.all([beside?.close(), sessions.close(), directory.close()]);
  });
  stopping.addEventListener("abort", () => void beside?.close(), { once: true });
  await webSockets(app, { protocols: [framedProtocol] });
  app.register(registryRoutes, { registry, directory, stopping });
  app.register(brokerRoutes, { broker, topics: new Topics(broker), sessions, stopping, log });
  app.register(streamRoutes, { client, stopping });
  app.register(healthRoute, { app: beside, directory, broker });
  app.register(openapiRoutes);
  app.register(callRoute, { ...calls, directory });
  await http.listen();
  return http;
}

/** `/rpc` carries load: it is taken before the router. */
function rpcFront(rpc: RpcHandler): Front {
  return {
    request(request, response, exchange) {
      if (exchange.path.path !== "/rpc") return false;
      void rpc.handle(request, response, exchange);
      return true;
    },
  };
}
