import type { NatsConnection, TlsOptions as NatsTls } from "@nats-io/transport-node";
import { SingleFlight } from "../../core/async/single-flight.js";
import type { Closeable } from "../../core/closeable.js";
import { type MicroError, type Reason, unavailable } from "../../core/errors.js";
import { missing } from "../../core/optional-packages.js";
import { type Scheduled, systemClock } from "../../core/time/clock.js";
import { handshakeError, tlsFailed } from "../tls.js";
import type { TlsOptions } from "../transport.js";
import { closeIfFailed } from "./close-if-failed.js";
import { LastAttempt } from "./last-attempt.js";
import { type NatsServers, readServers } from "./servers.js";

export interface SharedNatsConnectionOptions {
  /** `host:port` or `nats://user:password@host:port`, of one cluster. Default 127.0.0.1:4222. */
  readonly addresses?: readonly string[];
  readonly tls?: TlsOptions;
  /** Milliseconds to connect. Default 1000. */
  readonly timeout?: number;
  /** The id of errors, such as `go.micro.broker`, and their reason when there is no connection. */
  readonly id: string;
  readonly reason: Reason;
  /** Called when the connection is lost. */
  readonly onLost?: () => void;
  /** Called when the connection is back after a loss. Messages sent in the meantime are missing. */
  readonly onReconnect?: () => void;
}

/** Milliseconds for the server to confirm that it has received everything. */
const flushTimeout = 5000;

/** Milliseconds between pings. The third without an answer ends the connection. The default takes six minutes. */
const pingInterval = 8000;

/** One connection to a NATS cluster. It connects at first use. After that it reconnects for ever. */
export class SharedNatsConnection implements Closeable {
  readonly #options: SharedNatsConnectionOptions;
  readonly #servers: NatsServers;
  readonly #lastAttempt = new LastAttempt();
  readonly #flushes = new SingleFlight((asked) => this.#flush(asked));
  #connecting: Promise<NatsConnection> | undefined;
  #connection: NatsConnection | undefined;
  #connected = false;
  #closed = false;

  /** @throws {MicroError} 400 BAD_CONFIG for a wrong address. */
  constructor(options: SharedNatsConnectionOptions) {
    this.#options = options;
    this.#servers = readServers(options.addresses);
  }

  /** `host:port` of the current server. Empty until connected. */
  get address(): string {
    return this.#connection?.getServer() ?? "";
  }

  /** Maximum size of a message, in bytes, as set by the server. */
  get maxPayload(): number {
    return this.#connection?.info?.max_payload ?? Number.POSITIVE_INFINITY;
  }

  /** The connection, while there is one. */
  get live(): NatsConnection | undefined {
    return this.#connected && !this.#closed ? this.#connection : undefined;
  }

  /** @throws {MicroError} 503 when no server answers, or the connection is currently lost. */
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
      const options = {
        servers: [...servers],
        user,
        pass: password,
        tls: secure || tls?.ca !== undefined ? tlsOf(tls) : undefined,
        timeout,
        // The default is 10 tries.
        maxReconnectAttempts: -1,
        reconnectTimeWait: 100,
        reconnectJitter: 100,
        pingInterval,
        maxPingOut: 2,
      };
      const connection = await closeIfFailed(() => connect(options));
      this.#connection = connection;
      this.#connected = true;
      void this.#follow(connection);
      return connection;
    } catch (error) {
      this.#connecting = undefined;
      throw this.#unreachable(servers.join(", "), { cause: error, address: servers[0] });
    }
  }

  async #follow(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === "disconnect") {
        this.#connected = false;
        this.#options.onLost?.();
      }
      if (type === "reconnecting") this.#lastAttempt.began(connection);
      if (type !== "reconnect") continue;
      this.#connected = true;
      this.#options.onReconnect?.();
    }
  }

  /** Resolves when the server has received everything sent before. @throws {MicroError} 503 when that is unknown. */
  flush(): Promise<void> {
    return this.#flushes.run();
  }

  async #flush(asked: number): Promise<void> {
    const connection = this.live ?? (await this.open());
    const limit = deadline(flushTimeout, asked);
    try {
      await Promise.race([connection.flush(), limit.passed]);
    } catch (error) {
      throw this.#unreachable(this.address, { cause: error, address: this.address });
    } finally {
      limit.stop();
    }
  }

  #unreachable(
    what: string,
    { cause, address = "" }: { readonly cause?: unknown; readonly address?: string } = {},
  ): MicroError {
    const why = cause instanceof Error ? `: ${cause.message}` : "";
    const { id, reason } = this.#options;
    const handshake = handshakeError(cause);
    if (handshake) return tlsFailed(id, `nats ${what}: ${handshake.message}`, handshake);
    const silent = /^(timeout|no answer in .*)$/i.test(cause instanceof Error ? cause.message : "");
    const backend = address === "" ? undefined : { name: "nats", address, silent };
    return unavailable(id, `nats ${what}${why}`, { reason, backend, cause, executed: "unknown" });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const connection = await this.#connecting?.catch(() => undefined);
    await connection?.close();
    this.#lastAttempt.drop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function deadline(timeout: number, since: number): { readonly passed: Promise<never>; stop(): void } {
  let timer: Scheduled | undefined;
  const passed = new Promise<never>((_, reject) => {
    timer = systemClock.schedule(since + timeout - performance.now(), () =>
      reject(new Error(`no answer in ${timeout}ms`)),
    );
  });
  return { passed, stop: () => timer?.cancel() };
}

/** The package passes options that its types do not list on to Node's TLS. */
function tlsOf({ ca, cert, key, insecure }: TlsOptions = {}): NatsTls {
  return { ca, cert, key, ...(insecure && { rejectUnauthorized: false }) };
}
