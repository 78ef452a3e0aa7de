import { badRequest } from "../core/errors.js";
import { MemoryNetwork } from "./memory.js";
import type { PoolOptions, TlsOptions, Transport } from "./transport.js";

export type * from "./transport.js";

export interface TransportOptions {
  /** Of the server that carries the messages, where there is one (`nats`). */
  readonly addresses?: readonly string[];
  readonly tls?: TlsOptions;
  readonly pool?: PoolOptions;
}

/** What all memory transports that are opened by name share, so that two services of one process meet. */
const network = new MemoryNetwork();

type Opener = (options: TransportOptions) => Promise<Transport>;

const openers: Readonly<Record<string, Opener>> = {
  http: openHttp,
  memory: async () => new (await import("./memory.js")).MemoryTransport(network),
  nats: async (options) => new (await import("./nats/nats.js")).NatsTransport(options),
};

/** The names that `openTransport` knows. */
export const transportNames: readonly string[] = Object.keys(openers).sort();

/**
 * Opens the transport called `name`, and loads that one only; `http` speaks mux between two of ours.
 * @throws {MicroError} 400 for any other name.
 */
export async function openTransport(name: string, options: TransportOptions = {}): Promise<Transport> {
  const open = Object.hasOwn(openers, name) ? openers[name] : undefined;
  if (open) return open(options);
  throw badRequest("go.micro.client", `transport "${name}": not one of ${transportNames.join(", ")}`, {
    reason: "BAD_FLAG_VALUE",
  });
}

async function openHttp({ tls, pool }: TransportOptions): Promise<Transport> {
  const { HttpTransport } = await import("./http/transport.js");
  const { mux } = await import("./mux/mux.js");
  return new HttpTransport({ tls, pool, upgrade: mux });
}
