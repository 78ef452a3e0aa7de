import type {
  Connection,
  DialOptions,
  Listener,
  ListenOptions,
  PoolOptions,
  TlsOptions,
  Transport,
  TransportHandler,
} from "../transport.js";
import { HttpConnection } from "./client/connection.js";
import { HttpListener } from "./server/listener.js";
import type { Upgrade } from "./wire/upgrade.js";

export interface HttpTransportOptions {
  /** TLS for dialling, and for listening unless `listen` gets its own. */
  readonly tls?: TlsOptions;
  readonly pool?: PoolOptions;
  /** A second protocol on the same port, reached by HTTP `Upgrade`. */
  readonly upgrade?: Upgrade;
}

/** HTTP as Go services use it: a call is a POST and a 200 response, a stream is many of both on one connection. */
export class HttpTransport implements Transport {
  readonly name = "http";
  readonly #options: HttpTransportOptions;
  readonly #connections = new Map<string | symbol, Connection>();
  readonly #listeners = new Set<Listener>();
  readonly #dialling = new Map<string, Promise<Connection>>();

  constructor(options: HttpTransportOptions = {}) {
    this.#options = options;
  }

  async dial(address: string, options: DialOptions = {}): Promise<Connection> {
    options.signal?.throwIfAborted();
    if (options.own) return this.#dialOwn(address, options);
    const key = `${address} ${options.secure === true} ${options.mux === true} ${options.foreign === true}`;
    const open = this.#connections.get(key);
    if (open) return open;
    const dialling = this.#dialling.get(key) ?? this.#open(address, key, options);
    this.#dialling.set(key, dialling);
    try {
      return await dialling;
    } finally {
      this.#dialling.delete(key);
    }
  }

  async listen(address: string, handler: TransportHandler, options: ListenOptions = {}): Promise<Listener> {
    const { tls = this.#listenTls(), ...rest } = options;
    const listener = new HttpListener(handler, { ...rest, tls }, this.#options.upgrade);
    await listener.bind(address);
    this.#listeners.add(listener);
    return listener;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#dialling.values());
    const open = [...this.#connections.values(), ...this.#listeners];
    await Promise.all(open.map((part) => part.close()));
    this.#listeners.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #listenTls(): TlsOptions | undefined {
    return this.#options.tls?.cert === undefined ? undefined : this.#options.tls;
  }

  async #open(address: string, key: string, options: DialOptions): Promise<Connection> {
    const { tls, upgrade, pool } = this.#options;
    const { secure, timeout, foreign } = options;
    const onClose = () => this.#connections.delete(key);
    const upgraded = options.mux
      ? await upgrade?.dial(address, { secure, timeout, tls, foreign, idle: pool?.ttl, onClose })
      : undefined;
    if (upgraded) return this.#keep(key, upgraded);
    const connection = new HttpConnection(address, { secure, timeout, tls, foreign, pool }, onClose);
    await connection.open({ secure, timeout, tls, foreign });
    return this.#keep(key, connection);
  }

  async #dialOwn(address: string, { secure, timeout, foreign, signal }: DialOptions): Promise<Connection> {
    const key = Symbol(address);
    const limits = { secure, timeout, foreign, tls: this.#options.tls };
    const connection = new HttpConnection(address, limits, () => this.#connections.delete(key));
    await connection.open({ ...limits, signal });
    return this.#keep(key, connection);
  }

  #keep(key: string | symbol, connection: Connection): Connection {
    this.#connections.set(key, connection);
    return connection;
  }
}
