import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { parseAddress } from "../core/address.js";
import { MicroError } from "../core/errors.js";
import { Checks } from "./checks.js";
import { registryAt } from "./present.js";
import { consulRoutes } from "./routes/index.js";
import { type HttpServer, serve } from "./serve.js";
import { Store } from "./store.js";

export interface AgentOptions {
  /** `host:port`. Default 127.0.0.1:8500. */
  readonly address?: string;
  /** What the catalog calls this machine. Default its host name. */
  readonly nodeName?: string;
}

/**
 * The embedded registry: the part of Consul's HTTP API that service discovery uses, in memory, for one machine.
 * @throws {MicroError} 500 `ADDRESS_IN_USE` when something listens at the address, naming the registry if it is one.
 */
export async function agent(options: AgentOptions = {}): Promise<HttpServer> {
  const address = options.address ?? "127.0.0.1:8500";
  const store = newStore();
  const checks = new Checks(store);
  const stopping = new AbortController();
  const node = {
    id: randomUUID(),
    name: options.nodeName ?? hostname(),
    address: parseAddress(address).host || "127.0.0.1",
    datacenter: "dc1",
  };
  try {
    const server: HttpServer = await serve(address, async (app) => {
      app.addHook("preClose", async () => stopping.abort());
      app.addHook("onClose", () => checks.close());
      await app.register(consulRoutes, {
        node,
        store,
        checks,
        stopping: stopping.signal,
        address: () => server.address,
      });
    });
    return server;
  } catch (error) {
    throw await inUse(error, address);
  }
}

/** A store that knows its node is alive. */
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

async function inUse(error: unknown, address: string): Promise<unknown> {
  if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") return error;
  const { host, port } = parseAddress(address);
  const there = await registryAt(`http://${host || "127.0.0.1"}:${port}`);
  const found = there ? `${there} already answers there` : "another program listens there";
  return new MicroError("go.micro.agent", 500, `listen on ${address}: ${found}`, {
    reason: "ADDRESS_IN_USE",
    cause: error,
  });
}
