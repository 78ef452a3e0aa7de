import { type MicroError, timeout as timedOut, unavailable } from "../../core/errors.js";
import type { Message } from "../../core/message.js";
import type { ConnectOptions } from "../connect.js";
import type { CallLimits, Connection, MessageStream, PoolOptions } from "../transport.js";
import type { ClientSocket } from "./client-socket.js";
import { HttpClientStream } from "./client-stream.js";
import { maxCalls } from "./limits.js";
import { SocketPool } from "./pool.js";
import { isSuccess, readReply } from "./reply.js";
import { writeRequest } from "./request.js";
import type { Response } from "./response-reader.js";

interface HttpConnectionOptions extends ConnectOptions {
  readonly pool?: PoolOptions;
}

/** Calls to one peer over keep-alive sockets, one request at a time on each. */
export class HttpConnection implements Connection {
  readonly #address: string;
  readonly #options: HttpConnectionOptions;
  readonly #onClose: () => void;
  readonly #pool: SocketPool;
  #calls = 0;
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

  async call(message: Message, limits: CallLimits = {}): Promise<Message> {
    if (limits.signal?.aborted) throw limits.signal.reason;
    if (this.#calls >= maxCalls) throw busy(this.#address);
    const request = writeRequest(this.#address, message);
    const start = performance.now();
    this.#calls++;
    try {
      const idle = this.#pool.take();
      if (idle) return await this.#exchange(idle, message, request, limits);
      const fresh = await this.#pool.dial(within(this.#options, limits));
      const left = limits.timeout === undefined ? undefined : limits.timeout - (performance.now() - start);
      if (!limits.signal?.aborted && (left ?? 1) > 0)
        return await this.#exchange(fresh, message, request, { signal: limits.signal, timeout: left });
      this.#pool.release(fresh);
      throw limits.signal?.aborted ? limits.signal.reason : late(this.#address).with({ executed: "no" });
    } finally {
      this.#calls--;
    }
  }

  async stream(opening: Message, limits: CallLimits = {}): Promise<MessageStream> {
    const socket = await this.#pool.dial(within(this.#options, limits));
    const onClose = () => this.#pool.drop(socket);
    return new HttpClientStream(socket, opening, { address: this.#address, onClose, signal: limits.signal });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#pool.close();
    this.#onClose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #exchange(
    socket: ClientSocket,
    message: Message,
    request: readonly Buffer[],
    limits: CallLimits,
  ): Promise<Message> {
    try {
      const response = await exchange(socket, request, limits, this.#address);
      if (isSuccess(message, response) && socket.between) this.#pool.release(socket);
      else this.#pool.drop(socket);
      return readReply(response);
    } catch (error) {
      if (!socket.closed) this.#pool.drop(socket);
      throw error;
    }
  }
}

/** Writes the request and waits for its response, until the limits. */
function exchange(
  socket: ClientSocket,
  request: readonly Buffer[],
  { timeout, signal }: CallLimits,
  address: string,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const onTimeout = () => fail(late(address));
    const onAbort = () => fail(signal?.reason);
    const timer = timeout === undefined ? undefined : setTimeout(onTimeout, timeout);
    function settle(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      socket.listen(undefined);
    }
    function fail(reason: unknown): void {
      settle();
      reject(reason);
    }
    signal?.addEventListener("abort", onAbort);
    socket.listen({
      onClosed: fail,
      onResponse: (response) => {
        settle();
        resolve(response);
      },
    });
    socket.write(request);
  });
}

/** Connecting takes no longer than the call may. */
function within(options: ConnectOptions, { timeout, signal }: CallLimits): ConnectOptions {
  const limit = options.timeout ?? 1000;
  return { ...options, signal, timeout: timeout === undefined ? limit : Math.min(limit, timeout) };
}

function busy(address: string): MicroError {
  return unavailable("go.micro.client", `call "${address}": ${maxCalls} calls under way`, { executed: "no" });
}

function late(address: string): MicroError {
  return timedOut("go.micro.client", `call "${address}": no response in time`, { executed: "unknown" });
}
