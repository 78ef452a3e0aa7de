import type { NatsConnection, TlsOptions as NatsTls } from "@nats-io/transport-node";
import { SingleFlight } from "../../core/async/single-flight.js";
import type { Closeable } from "../../core/closeable.js";
import { type MicroError, type Reason, unavailable } from "../../core/errors.js";
import { missing } from "../../core/optional.js";
import { type Scheduled, systemClock } from "../../core/time/clock.js";
import { handshakeError, tlsFailed } from "../tls.js";
import type { TlsOptions } from "../transport.js";
import { type NatsServers, readServers } from "./servers.js";

export interface SharedNatsConnectionOptions {
  /** `host:port` or `nats://user:password@host:port`, of one cluster. Default 127.0.0.1:4222. */
  readonly addresses?: readonly string[];
  readonly tls?: TlsOptions;
  /** Milliseconds to connect. Default 1000. */
  readonly timeout?: number;
  /** Who fails, as `go.micro.broker`, and what is said when there is no connection. */
  readonly id: string;
  readonly reason: Reason;
  /** Hears that the connection was lost. */
  readonly onLost?: () => void;
  /** Hears that the connection was lost and is there again; what was sent meanwhile is missing. */
  readonly onReconnect?: () => void;
}

/** Milliseconds for the server to say that it has all that was sent. */
const flushTimeout = 5000;

/** Milliseconds between pings; the third without an answer ends the connection. The package's own take six minutes. */
const pingInterval = 8000;

/** One connection to a NATS cluster, made when first needed, and again for ever once it was there. */
export class SharedNatsConnection implements Closeable {
  readonly #options: SharedNatsConnectionOptions;
  readonly #servers: NatsServers;
  readonly #flushes = new SingleFlight(() => this.#flush());
  #connecting: Promise<NatsConnection> | undefined;
  #connection: NatsConnection | undefined;
  #connected = false;
  #closed = false;

  /** @throws {MicroError} 400 BAD_CONFIG for a wrong address. */
  constructor(options: SharedNatsConnectionOptions) {
    this.#options = options;
    this.#servers = readServers(options.addresses);
  }

  /** `host:port` of the server in use; empty until connected. */
  get address(): string {
    return this.#connection?.getServer() ?? "";
  }

  /** Bytes of a message at most, as the server says. */
  get maxPayload(): number {
    return this.#connection?.info?.max_payload ?? Number.POSITIVE_INFINITY;
  }

  /** The connection, while there is one. */
  get live(): NatsConnection | undefined {
    return this.#connected && !this.#closed ? this.#connection : undefined;
  }

  /** @throws {MicroError} 503 when no server answers, or the connection is lost at the moment. */
  async open(): Promise<NatsConnection> {
    if (this.#closed) throw this.#unreachable("closed");
    this.#connecting ??= this.#connect();
    const connection = await this.#connecting;
    if (!this.#connected) throw this.#unreachable("connection lost");
    return connection;
  }

  async #connect(): Promise<NatsConnection> {
    const { connect } = await import("@nats-io/transport-node").catch(missing("@nats-io/transport-node"));
    const { tls, timeout = 1000 } = this.#options;
    const { servers, user, password, secure } = this.#servers;
    try {
      const connection = await connect({
        servers: [...servers],
        user,
        pass: password,
        tls: secure || tls?.ca !== undefined ? tlsOf(tls) : undefined,
        timeout,
        // The package's default gives up after 10 tries.
        maxReconnectAttempts: -1,
        reconnectTimeWait: 100,
        reconnectJitter: 100,
        pingInterval,
        maxPingOut: 2,
      });
      this.#connection = connection;
      this.#connected = true;
      void this.#follow(connection);
      return connection;
    } catch (error) {
      this.#connecting = undefined;
      throw this.#unreachable(servers.join(", "), error);
    }
  }

  async #follow(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === "disconnect") {
        this.#connected = false;
        this.#options.onLost?.();
      }
      if (type !== "reconnect") continue;
      this.#connected = true;
      this.#options.onReconnect?.();
    }
  }

  /** Resolves when the server has all that was sent before. @throws {MicroError} 503 when that is not known. */
  flush(): Promise<void> {
    return this.#flushes.run();
  }

  async #flush(): Promise<void> {
    const connection = this.live ?? (await this.open());
    const limit = deadline(flushTimeout);
    try {
      await Promise.race([connection.flush(), limit.passed]);
    } catch (error) {
      throw this.#unreachable(this.address, error);
    } finally {
      limit.stop();
    }
  }

  #unreachable(what: string, cause?: unknown): MicroError {
    const why = cause instanceof Error ? `: ${cause.message}` : "";
    const { id, reason } = this.#options;
    const handshake = handshakeError(cause);
    if (handshake) return tlsFailed(id, `nats ${what}: ${handshake.message}`, handshake);
    return unavailable(id, `nats ${what}${why}`, { reason, cause, executed: "unknown" });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const connection = await this.#connecting?.catch(() => undefined);
    await connection?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function deadline(timeout: number): { readonly passed: Promise<never>; stop(): void } {
  let timer: Scheduled | undefined;
  const passed = new Promise<never>((_, reject) => {
    timer = systemClock.schedule(timeout, () => reject(new Error(`no answer in ${timeout}ms`)));
  });
  return { passed, stop: () => timer?.cancel() };
}

/** The package hands options of Node's that it does not name to Node. */
function tlsOf({ ca, cert, key, insecure }: TlsOptions = {}): NatsTls {
  return { ca, cert, key, ...(insecure && { rejectUnauthorized: false }) };
}
