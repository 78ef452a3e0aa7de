import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { MicroError } from "../core/errors.js";
import { parseAddress } from "../core/net/address.js";
import { dialAddress, loopback, loopbackAddress } from "../core/net/local-address.js";
import type { HttpServer } from "../http/listener/listener.js";
import { type HttpOptions, httpServer } from "../http/server.js";
import { Checks } from "./checks.js";
import { identifyRegistry } from "./identify-registry.js";
import { limits } from "./model.js";
import { consulRoutes } from "./routes/index.js";
import { Store } from "./store.js";

export interface AgentOptions extends Partial<HttpOptions> {
  /** Name of this machine in the catalog. Default: its host name. */
  readonly nodeName?: string;
}

/**
 * Starts the embedded registry: the part of Consul's HTTP API that service discovery uses, in memory, for one machine.
 * Listens at 127.0.0.1:8500 by default.
 * @throws {MicroError} 500 `ADDRESS_IN_USE` if something listens at the address already. Names it if it is a registry.
 */
export async function agent(options: AgentOptions = {}): Promise<HttpServer> {
  const { address = loopback(8500), nodeName = hostname() } = options;
  const http = await httpServer({ ...defaults, ...options, address });
  const store = newStore();
  const checks = new Checks(store);
  const { host = "" } = address.startsWith("unix:") ? {} : parseAddress(address);
  const node = { id: randomUUID(), name: nodeName, address: host || loopbackAddress(), datacenter: "dc1" };
  http.app.addHook("onClose", () => checks.close());
  http.app.register(consulRoutes, {
    node,
    store,
    checks,
    stopping: http.stopping,
    address: () => http.address,
  });
  try {
    await http.listen();
    return http;
  } catch (error) {
    throw await named(error, address);
  }
}

/** All callers are on this machine, and each keeps a connection for every service that it watches. */
const defaults = {
  name: "go.micro.agent",
  tokenHeaders: ["x-consul-token"],
  escapedSlashes: true,
  limits: { connectionsPerClient: limits.watchers },
} satisfies Partial<HttpOptions>;

/** Returns a store with the health check of its own node. */
function newStore(): Store {
  const store = new Store();
  store.putCheck({
    id: "serfHealth",
    name: "Serf Health Status",
    notes: "",
    serviceId: "",
    status: "passing",
    probe: { type: "" },
    deregisterAfter: 0,
  });
  store.setStatus("serfHealth", "passing", "Agent alive and reachable");
  return store;
}

/** Adds to the error which registry listens at the address. */
async function named(error: unknown, address: string): Promise<unknown> {
  if (!MicroError.is(error) || error.reason !== "ADDRESS_IN_USE" || address.startsWith("unix:")) return error;
  const there = await identifyRegistry(`http://${dialAddress(address)}`);
  if (there === undefined) return error;
  const { reason, cause } = error;
  return new MicroError(error.id, 500, `listen on ${address}: ${there} already answers there`, {
    reason,
    cause,
  });
}
