/**
 * Carries calls and streams between two nodes. `openTransport` opens `http`, `memory` or `nats`; implement `Transport` for
 * another.
 *
 * @module micro-toolkit/transport
 */
import { type BuiltIn, openerNamed } from "../core/built-in.js";
import { sharedByAddress } from "../core/shared-by-address.js";
import { MemoryNetwork } from "./memory.js";
import type { PoolOptions, TlsOptions, Transport } from "./transport.js";

export type * from "./transport.js";

/** Options of a transport. Each implementation uses those that it needs. */
export interface TransportOptions {
  /**
   * `host:port` or URL of the server that carries the messages. Of `nats`; default: port 4222 of this machine. Of
   * `memory`: any name; what is opened with the same one meets.
   */
  readonly addresses?: readonly string[];
  /** TLS of dialling, and of listening unless `listen` is given its own. */
  readonly tls?: TlsOptions;
  /** Idle connections to keep for each peer. Only `http` has a pool. */
  readonly pool?: PoolOptions;
}

const networkAt = sharedByAddress(() => new MemoryNetwork());

type Opener = (options: TransportOptions) => Promise<Transport>;

const openers: Readonly<Record<BuiltIn<"transport">, Opener>> = {
  http: openHttp,
  memory: async ({ addresses }) => new (await import("./memory.js")).MemoryTransport(networkAt(addresses)),
  nats: async (options) => new (await import("./nats/nats.js")).NatsTransport(options),
};

/** Names of the built-in transports. */
export const transportNames: readonly string[] = Object.keys(openers).sort();

/**
 * Opens a built-in transport by name, and loads the code of that one only. `http` upgrades to mux where both nodes can.
 * @throws {MicroError} 400 with reason `BAD_FLAG_VALUE` for an unknown name.
 */
export async function openTransport(name: string, options: TransportOptions = {}): Promise<Transport> {
  return openerNamed(openers, name, { kind: "transport", id: "go.micro.client" })(options);
}

async function openHttp({ tls, pool }: TransportOptions): Promise<Transport> {
  const { HttpTransport } = await import("./http/transport.js");
  const { mux } = await import("./mux/mux.js");
  return new HttpTransport({ tls, pool, upgrade: mux });
}
