import { type MicroError, unavailable } from "../../../core/errors.js";
import { type Scheduled, systemClock } from "../../../core/time/clock.js";
import { type ConnectOptions, connect } from "../../connect.js";
import type { PoolOptions } from "../../transport.js";
import { poolSize, poolTtl } from "../wire/limits.js";
import { ClientSocket } from "./client-socket.js";

/** The sockets to one peer. Idle ones are kept for a minute by default, less than servers keep them. */
export class SocketPool {
  readonly #address: string;
  readonly #size: number;
  readonly #ttl: number;
  readonly #open = new Set<ClientSocket>();
  /** A stack: the socket used last is reused first. */
  #idle: ClientSocket[] = [];
  #sweep: Scheduled | undefined;
  #closed = false;

  constructor(address: string, { size = poolSize, ttl = poolTtl }: PoolOptions = {}) {
    this.#address = address;
    this.#size = size;
    this.#ttl = ttl;
  }

  /** Takes an idle socket. Skips those that the peer has closed, or sent unexpected bytes on. */
  take(): ClientSocket | undefined {
    for (let socket = this.#idle.pop(); socket; socket = this.#idle.pop()) {
      if (!socket.closed && socket.between && performance.now() - socket.idleSince < this.#ttl) return socket;
      this.drop(socket);
    }
    return undefined;
  }

  /** Opens a new socket. @throws {MicroError} 503 when nothing listens there. */
  async dial(options: ConnectOptions): Promise<ClientSocket> {
    this.#checkOpen();
    const socket = new ClientSocket(await connect(this.#address, options), this.#address);
    this.#open.add(socket);
    if (this.#closed) this.drop(socket);
    this.#checkOpen();
    return socket;
  }

  /** Keeps a socket for the next call. */
  release(socket: ClientSocket): void {
    if (socket.closed || this.#closed || this.#idle.length >= this.#size) {
      this.drop(socket);
      return;
    }
    socket.idleSince = performance.now();
    socket.setListener({ onResponse: () => this.drop(socket), onClosed: () => this.drop(socket) });
    this.#idle.push(socket);
    this.#sweep ??= systemClock.schedule(this.#ttl, this.#sweepIdle);
  }

  drop(socket: ClientSocket): void {
    this.#open.delete(socket);
    const index = this.#idle.indexOf(socket);
    if (index >= 0) this.#idle.splice(index, 1);
    socket.destroy();
  }

  /** Closes every socket. Calls in flight fail. */
  close(): void {
    this.#closed = true;
    this.#sweep?.cancel();
    for (const socket of this.#open) socket.abandon(this.#closedError());
    this.#open.clear();
    this.#idle = [];
  }

  readonly #sweepIdle = (): void => {
    this.#sweep = undefined;
    const oldest = performance.now() - this.#ttl;
    for (const socket of [...this.#idle]) if (socket.idleSince <= oldest) this.drop(socket);
    const [first] = this.#idle;
    if (first) this.#sweep = systemClock.schedule(Math.max(1, first.idleSince - oldest), this.#sweepIdle);
  };

  #checkOpen(): void {
    if (this.#closed) throw this.#closedError().with({ executed: "no" });
  }

  #closedError(): MicroError {
    return unavailable("go.micro.client", `connection to "${this.#address}": closed`, {
      executed: "unknown",
    });
  }
}
