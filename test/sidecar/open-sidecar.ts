import type { Broker } from "../../src/broker/broker.js";
import { MemoryBroker } from "../../src/broker/memory.js";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import type { Registry } from "../../src/registry/registry.js";
import { type MicroService, service } from "../../src/service/index.js";
import { type SidecarOptions, sidecar } from "../../src/sidecar/index.js";

/** The service that a sidecar is, with a memory registry and broker unless others are given. */
export function ownService(over: { registry?: Registry; broker?: Broker } = {}): MicroService {
  const registry = over.registry ?? new MemoryRegistry();
  const broker = over.broker ?? new MemoryBroker();
  const quick = { drainDelay: 0, argv: [], env: {} };
  return service({ name: "go.micro.sidecar", registry, broker, ...quick });
}

/** A sidecar on a free port; closing it closes its service. */
export async function openSidecar(
  options: SidecarOptions = {},
  own: MicroService = ownService(),
): Promise<HttpServer> {
  const http = await sidecar(own, { address: "127.0.0.1:0", ...options }).catch(async (error) => {
    await own.close();
    throw error;
  });
  const close = http.close.bind(http);
  return Object.assign(http, {
    async close() {
      await close();
      await own.close();
    },
  });
}
