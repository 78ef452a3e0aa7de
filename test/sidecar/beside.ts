import { MemoryBroker } from "../../src/broker/memory.js";
import type { Client } from "../../src/client/client.js";
import { unavailable } from "../../src/core/errors.js";
import { MemoryRegistry } from "../../src/registry/memory.js";
import type { MicroService } from "../../src/service/service.js";
import type { SidecarOptions } from "../../src/sidecar/index.js";
import { sidecar } from "../../src/sidecar/index.js";

/** The parts of a service that a sidecar uses, where no call is made. */
export function parts(
  over: Partial<Pick<MicroService, "registry" | "broker" | "client">> = {},
): MicroService {
  const nobody = () => Promise.reject(unavailable("go.micro.client", "no client here"));
  const client = { call: nobody, stream: nobody, publish: nobody } as unknown as Client;
  return {
    name: "go.micro.sidecar",
    registry: new MemoryRegistry(),
    broker: new MemoryBroker(),
    client,
    ...over,
  } as MicroService;
}

/** A sidecar on a free port, beside its own memory registry and broker unless `service` says otherwise. */
export function openSidecar(options: SidecarOptions = {}, service: MicroService = parts()) {
  return sidecar(service, { address: "127.0.0.1:0", ...options });
}
