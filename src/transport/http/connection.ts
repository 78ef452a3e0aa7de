import { type MicroError, unavailable } from "../../core/errors.js";
import type { Message } from "../../core/message.js";
import type { ConnectOptions } from "../connect.js";
import { type Calls, Sweep } from "../sweep.js";
import type { CallLimits, Connection, MessageStream, PoolOptions } from "../transport.js";
import type { ClientSocket } from "./client-socket.js";
import { HttpClientStream } from "./client-stream.js";
import { type Asked, Exchange, late } from "./exchange.js";
import { maxCalls } from "./limits.js";
import { SocketPool } from "./pool.js";
import { writeRequest } from "./request.js";

interface HttpConnectionOptions extends ConnectOptions {
  readonly pool?: PoolOptions;
}

/** Calls to one peer over keep-alive sockets, one request at a time on each. */
export class HttpConnection implements Connection {
  readonly #address: string;
  readonly #options: HttpConnectionOptions;
  readonly #onClose: () => void;
  readonly #pool: SocketPool;
  readonly #exchanges = new Set<Exchange>();
  readonly #sweep = new Sweep(underWay(this.#exchanges), (late) => late.expire(this.#address));
  #dialling = 0;
  #closed = false;

  constructor(address: string, options: HttpConnectionOptions, onClose: () => void) {
    this.#address = address;
    this.#options = options;
    this.#onClose = onClose;
    this.#pool = new SocketPool(address, options.pool);
  }

  /** Opens the first socket, so that a peer that is not there shows at once. */
  async open(options: ConnectOptions): Promise<void> {
    this.#pool.release(await this.#pool.dial(options));
  }

  get closed(): boolean {
    return this.#closed;
  }

  call(message: Message, limits: CallLimits = {}): Promise<Message> {
    return new Promise((resolve, reject) => this.#call({ message, limits, resolve, reject }));
  }

  #call(asked: Asked): void {
    const { signal } = asked.limits;
    if (signal?.aborted) throw signal.reason;
    if (this.#dialling + this.#exchanges.size >= maxCalls) throw busy(this.#address);
    const request = writeRequest(this.#address, asked.message);
    const idle = this.#pool.take();
    if (idle) this.#exchange(idle, asked, request);
    else this.#dialled(asked, request).catch(asked.reject);
  }

  async #dialled(asked: Asked, request: readonly Buffer[]): Promise<void> {
    const { signal, timeout } = asked.limits;
    const start = performance.now();
    const socket = await this.#dial(asked.limits);
    const left = timeout === undefined ? undefined : timeout - (performance.now() - start);
    if (!signal?.aborted && (left ?? 1) > 0) {
      this.#exchange(socket, { ...asked, limits: { signal, timeout: left } }, request);
      return;
    }
    this.#pool.release(socket);
    throw signal?.aborted ? signal.reason : late(this.#address).with({ executed: "no" });
  }

  async #dial(limits: CallLimits): Promise<ClientSocket> {
    this.#dialling++;
    try {
      return await this.#pool.dial(within(this.#options, limits));
    } finally {
      this.#dialling--;
    }
  }

  #exchange(socket: ClientSocket, asked: Asked, request: readonly Buffer[]): void {
    const exchange = new Exchange(socket, asked, this.#onSettled);
    this.#exchanges.add(exchange);
    if (asked.limits.timeout !== undefined) this.#sweep.note(exchange.expires);
    socket.write(request);
  }

  readonly #onSettled = (exchange: Exchange, reusable: boolean): void => {
    this.#exchanges.delete(exchange);
    if (reusable) this.#pool.release(exchange.socket);
    else this.#pool.drop(exchange.socket);
  };

  async stream(opening: Message, limits: CallLimits = {}): Promise<MessageStream> {
    const socket = await this.#pool.dial(within(this.#options, limits));
    const onClose = () => this.#pool.drop(socket);
    return new HttpClientStream(socket, opening, { address: this.#address, onClose, signal: limits.signal });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#sweep.stop();
    this.#pool.close();
    this.#onClose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function underWay(exchanges: ReadonlySet<Exchange>): Calls<Exchange> {
  return {
    get size() {
      return exchanges.size;
    },
    all: () => exchanges,
  };
}

/** Connecting takes no longer than the call may. */
function within(options: ConnectOptions, { timeout, signal }: CallLimits): ConnectOptions {
  const limit = options.timeout ?? 1000;
  return { ...options, signal, timeout: timeout === undefined ? limit : Math.min(limit, timeout) };
}

function busy(address: string): MicroError {
  return unavailable("go.micro.client", `call "${address}": ${maxCalls} calls under way`, { executed: "no" });
}
