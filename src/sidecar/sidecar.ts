import { type Log, silent } from "../core/log/log.js";
import { loopback } from "../core/net/local-address.js";
import { inNetworks } from "../http/admission/networks.js";
import type { HttpServer } from "../http/listener/listener.js";
import { RpcHandler } from "../http/rpc/rpc.js";
import { httpServer, type RequestHandler } from "../http/server.js";
import { webSockets } from "../http/stream/websocket.js";
import type { MicroService } from "../service/service.js";
import { AppSupervisor } from "./app/app-supervisor.js";
import { BrokerAvailability } from "./broker/broker-availability.js";
import { framedProtocol } from "./broker/frames.js";
import { SubscriberSessions } from "./broker/sessions.js";
import { Topics } from "./broker/topics.js";
import { LastKnownRegistry } from "./last-known-registry.js";
import { type SidecarOptions, sidecarId } from "./options.js";
import { PermanentEntries } from "./permanent-entries.js";
import { brokerRoutes } from "./routes/broker.js";
import { type CallRouteOptions, callRoute } from "./routes/call.js";
import { healthRoute } from "./routes/health.js";
import { openapiRoutes } from "./routes/openapi.js";
import { registryRoutes } from "./routes/registry.js";
import { streamRoutes } from "./routes/stream.js";

/** Maximum of a caller's `Timeout`, in milliseconds. */
const maxTimeout = 300_000;

/**
 * The toolkit over HTTP, for applications in any language. The default address is 127.0.0.1:8081. The registry and
 * broker of the service need not be reachable yet.
 */
export async function sidecar(service: MicroService, options: SidecarOptions = {}): Promise<HttpServer> {
  const { address = loopback(8081), log = silent, timeout = 5000 } = options;
  const lastKnown = new LastKnownRegistry(service.registry, service.catalog);
  const calls = { client: service.client, timeout, maxTimeout, log, lastKnown };
  const http = await httpServer({
    name: sidecarId,
    ...options,
    address,
    nodesOut: () => service.selector.nodesOut?.(),
    requestHandler: rpcHandler(calls, options),
  });
  try {
    await mount(http, service, calls, options);
    await http.listen();
    // Remembers the services at the start, in case the registry becomes unreachable.
    lastKnown.list().catch(() => undefined);
    return http;
  } catch (error) {
    await http.close();
    throw error;
  }
}

type Calls = CallRouteOptions & { readonly log: Log };

async function mount(
  { app, stopping }: HttpServer,
  { registry, broker: given }: MicroService,
  calls: Calls,
  options: SidecarOptions,
): Promise<void> {
  const { client, lastKnown, log } = calls;
  const supervisor = options.app && new AppSupervisor(registry, options.app, log);
  const entries = new PermanentEntries(registry, log);
  const broker = new BrokerAvailability(given);
  const sessions = new SubscriberSessions(options.slow ?? "gap");
  app.addHook("onClose", async () => {
    await Promise.all([supervisor?.close(), entries.close(), sessions.close()]);
  });
  stopping.addEventListener("abort", () => void supervisor?.close(), { once: true });
  await webSockets(app, { protocols: [framedProtocol] });
  app.register(registryRoutes, { registry, entries, lastKnown, stopping });
  app.register(brokerRoutes, { broker, topics: new Topics(broker), sessions, stopping, log });
  app.register(streamRoutes, { client, stopping });
  app.register(healthRoute, { app: supervisor, lastKnown, broker });
  app.register(openapiRoutes);
  app.register(callRoute, calls);
}

/** Handles `/rpc`, the hot route, before the router. */
function rpcHandler({ lastKnown, ...calls }: Calls, { allowAddress = [] }: SidecarOptions): RequestHandler {
  const allowsAddress = inNetworks(allowAddress, sidecarId);
  const decorate = (headers: string[]) => {
    const stale = lastKnown.staleFor;
    if (stale > 0) headers.push("X-Micro-Registry-Stale", String(Math.ceil(stale / 1000)));
  };
  const rpc = new RpcHandler({ ...calls, decorate, allowsAddress });
  return {
    route: (method, path, upgrade) => (path === "/rpc" && !upgrade ? rpc.route(method) : undefined),
  };
}
