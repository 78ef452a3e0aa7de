import { MuxConnection } from "../mux/calls/connection.js";
import type {
  Connection,
  DialOptions,
  Listener,
  ListenOptions,
  TlsOptions,
  Transport,
  TransportHandler,
} from "../transport.js";
import { dialPipe } from "./handshake.js";
import { asSocket, NatsListener } from "./listener.js";
import { SharedNatsConnection } from "./nats-connection.js";
import type { NatsDuplex } from "./nats-duplex.js";

export interface NatsTransportOptions {
  /** `host:port` or `nats://user:password@host:port`, of one cluster. Default 127.0.0.1:4222. */
  readonly addresses?: readonly string[];
  readonly tls?: TlsOptions;
}

/** Carries calls and streams over a NATS cluster: mux frames in pipes between two processes. */
export class NatsTransport implements Transport {
  readonly name = "nats";
  readonly #link: SharedNatsConnection;
  readonly #pipes = new Set<NatsDuplex>();
  readonly #connections = new Map<string, Connection>();
  readonly #dialling = new Map<string, Promise<Connection>>();
  readonly #listeners = new Set<NatsListener>();

  constructor(options: NatsTransportOptions) {
    const onLost = () => {
      for (const pipe of this.#pipes) pipe.destroy(new Error("the connection to the server was lost"));
    };
    this.#link = new SharedNatsConnection({
      ...options,
      id: "go.micro.transport",
      reason: "NODE_UNREACHABLE",
      onLost,
    });
  }

  async dial(address: string, options: DialOptions = {}): Promise<Connection> {
    options.signal?.throwIfAborted();
    if (options.own) return this.#dial(address, options, () => {});
    const open = this.#connections.get(address);
    if (open) return open;
    const onRetired = () => this.#connections.delete(address);
    const dialling = this.#dialling.get(address) ?? this.#dial(address, options, onRetired);
    this.#dialling.set(address, dialling);
    try {
      const connection = await dialling;
      if (!connection.closed) this.#connections.set(address, connection);
      return connection;
    } finally {
      this.#dialling.delete(address);
    }
  }

  async #dial(address: string, { timeout, signal }: DialOptions, onRetired: () => void): Promise<Connection> {
    const pipe = await dialPipe(this.#link, address, { timeout, signal });
    this.#keep(pipe);
    return new MuxConnection(asSocket(pipe), { onRetired });
  }

  async listen(address: string, handler: TransportHandler, options: ListenOptions = {}): Promise<Listener> {
    const listener = new NatsListener(this.#link, handler, options, (pipe) => this.#keep(pipe));
    await listener.open(address);
    this.#listeners.add(listener);
    return listener;
  }

  #keep(pipe: NatsDuplex): void {
    this.#pipes.add(pipe);
    pipe.once("close", () => this.#pipes.delete(pipe));
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#dialling.values());
    await Promise.all([...this.#connections.values(), ...this.#listeners].map((part) => part.close()));
    for (const pipe of this.#pipes) pipe.destroy();
    await this.#link.flush().catch(() => undefined);
    await this.#link.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
