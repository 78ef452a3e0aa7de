import { badRequest } from "../core/errors.js";
import { MemoryNetwork } from "./memory.js";
import type { TlsOptions, Transport } from "./transport.js";

export type * from "./transport.js";

export interface TransportOptions {
  /** Of the server that carries the messages, where there is one (`nats`). */
  readonly addresses?: readonly string[];
  readonly tls?: TlsOptions;
}

/** What all memory transports that are opened by name share, so that two services of one process meet. */
const network = new MemoryNetwork();

/**
 * Opens a transport by name: `http` (with mux between two of ours) or `memory`.
 * @throws {MicroError} 400 for any other name.
 */
export async function openTransport(name: string, options: TransportOptions = {}): Promise<Transport> {
  switch (name) {
    case "http": {
      const { HttpTransport } = await import("./http/transport.js");
      const { mux } = await import("./mux/mux.js");
      return new HttpTransport({ tls: options.tls, upgrade: mux });
    }
    case "memory": {
      const { MemoryTransport } = await import("./memory.js");
      return new MemoryTransport(network);
    }
    default:
      throw badRequest("go.micro.client", `transport "${name}": not one of http, memory`, {
        reason: "BAD_CONFIG",
      });
  }
}
