import { MicroError, overloaded, unavailable } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import { type Calls, DeadlineSweeper } from "../../../core/time/deadline-sweeper.js";
import type { ConnectOptions } from "../../connect.js";
import type { CallLimits, Connection, MessageStream, PoolOptions } from "../../transport.js";
import { maxCalls, maxDials } from "../wire/limits.js";
import { writeRequest } from "../wire/request.js";
import type { ClientSocket } from "./client-socket.js";
import { HttpClientStream } from "./client-stream.js";
import { ClientExchange, type HttpCall, late } from "./exchange.js";
import { SocketPool } from "./pool.js";
import { WaitingCall } from "./waiting-call.js";

interface HttpConnectionOptions extends ConnectOptions {
  readonly pool?: PoolOptions;
}

/** Calls to one peer over keep-alive sockets, one request at a time on each. */
export class HttpConnection implements Connection {
  readonly #address: string;
  readonly #options: HttpConnectionOptions;
  readonly #onClose: () => void;
  readonly #pool: SocketPool;
  readonly #exchanges = new Set<ClientExchange>();
  /** Calls without a socket, in order of arrival. */
  readonly #waiting = new Set<WaitingCall>();
  readonly #sweep = new DeadlineSweeper(expiring(this.#exchanges, this.#waiting), (late) =>
    late.expire(this.#address),
  );
  #dialling = 0;
  #closed = false;

  constructor(address: string, options: HttpConnectionOptions, onClose: () => void) {
    this.#address = address;
    this.#options = options;
    this.#onClose = onClose;
    this.#pool = new SocketPool(address, options.pool);
  }

  /** Opens the first socket, so that an unreachable peer fails the dial. */
  async open(options: ConnectOptions): Promise<void> {
    this.#pool.release(await this.#pool.dial(options));
  }

  get closed(): boolean {
    return this.#closed;
  }

  call(message: Message, limits: CallLimits = {}): Promise<Message> {
    return new Promise((resolve, reject) => this.#call({ message, limits, resolve, reject }));
  }

  #call(outgoing: HttpCall): void {
    const { signal } = outgoing.limits;
    if (signal?.aborted) throw signal.reason;
    if (this.#dialling + this.#exchanges.size + this.#waiting.size >= maxCalls) throw busy(this.#address);
    const request = writeRequest(this.#address, outgoing.message);
    const idle = this.#pool.take();
    if (idle) this.#exchange(idle, outgoing, request);
    else if (this.#dialling < maxDials) this.#dialled(outgoing, request).catch(outgoing.reject);
    else this.#wait(outgoing, request);
  }

  #wait(outgoing: HttpCall, request: readonly Buffer[]): void {
    const call = new WaitingCall(outgoing, request, (left) => this.#waiting.delete(left));
    this.#waiting.add(call);
    this.#sweep.note(call.expires);
  }

  /** Takes the call that has waited longest, if any. */
  #next(): WaitingCall | undefined {
    const [next] = this.#waiting;
    if (next) this.#waiting.delete(next);
    return next;
  }

  /** Opens sockets for waiting calls. */
  #dialOn(): void {
    while (this.#dialling < maxDials && !this.#closed) {
      const next = this.#next();
      if (next === undefined) return;
      const outgoing = next.go();
      this.#dialled(outgoing, next.request).catch(outgoing.reject);
    }
  }

  /** True if connecting failed because of a short call timeout, which does not mean that the peer is down. */
  #wasCallTimeout({ timeout }: CallLimits, error: unknown): boolean {
    const isLate = MicroError.is(error) && error.cause === undefined;
    return isLate && timeout !== undefined && timeout < (this.#options.timeout ?? 1000);
  }

  /** Fails the waiting calls too if no call is in flight: the peer is unreachable. */
  #failWaiting(error: unknown): void {
    if (this.#exchanges.size > 0) return;
    for (const call of this.#waiting) call.fail(error);
  }

  async #dialled(outgoing: HttpCall, request: readonly Buffer[]): Promise<void> {
    const { signal, timeout } = outgoing.limits;
    const start = performance.now();
    const socket = await this.#dial(outgoing.limits);
    const left = timeout === undefined ? undefined : timeout - (performance.now() - start);
    if (!signal?.aborted && (left ?? 1) > 0) {
      this.#exchange(socket, { ...outgoing, limits: { signal, timeout: left } }, request);
      return;
    }
    this.#pool.release(socket);
    throw signal?.aborted ? signal.reason : late(this.#address).with({ executed: "no" });
  }

  async #dial(limits: CallLimits): Promise<ClientSocket> {
    this.#dialling++;
    try {
      return await this.#pool.dial(within(this.#options, limits));
    } catch (error) {
      if (!limits.signal?.aborted && !this.#wasCallTimeout(limits, error)) this.#failWaiting(error);
      throw error;
    } finally {
      this.#dialling--;
      this.#dialOn();
    }
  }

  #exchange(socket: ClientSocket, outgoing: HttpCall, request: readonly Buffer[]): void {
    const exchange = new ClientExchange(socket, outgoing, this.#onSettled);
    this.#exchanges.add(exchange);
    if (outgoing.limits.timeout !== undefined) this.#sweep.note(exchange.expires);
    socket.write(request);
  }

  readonly #onSettled = (exchange: ClientExchange, reusable: boolean): void => {
    this.#exchanges.delete(exchange);
    const next = reusable && this.#waiting.size > 0 ? this.#next() : undefined;
    if (next) this.#exchange(exchange.socket, next.go(), next.request);
    else if (reusable) this.#pool.release(exchange.socket);
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
    for (const call of this.#waiting) call.fail(closed(this.#address));
    this.#pool.close();
    this.#onClose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function expiring(
  exchanges: ReadonlySet<ClientExchange>,
  waiting: ReadonlySet<WaitingCall>,
): Calls<ClientExchange | WaitingCall> {
  return {
    get size() {
      return exchanges.size + waiting.size;
    },
    values: () => (waiting.size === 0 ? exchanges : [...exchanges, ...waiting]),
  };
}

function closed(address: string): MicroError {
  return unavailable("go.micro.client", `connection to "${address}": closed`, { executed: "no" });
}

/** Limits the time to connect to the timeout of the call. */
function within(options: ConnectOptions, { timeout, signal }: CallLimits): ConnectOptions {
  const limit = options.timeout ?? 1000;
  return { ...options, signal, timeout: timeout === undefined ? limit : Math.min(limit, timeout) };
}

function busy(address: string): MicroError {
  return overloaded("go.micro.client", `call "${address}": ${maxCalls} calls in flight`, { executed: "no" });
}
