import { anySignal } from "../core/async/any-signal.js";
import { manyListeners } from "../core/async/many-listeners.js";
import { nodeLost, timeout as timedOut, unavailable } from "../core/errors.js";
import type { Message } from "../core/message.js";
import { formatAddress, parseAddress } from "../core/net/address.js";
import { systemClock } from "../core/time/clock.js";
import { ConcurrencyLimit } from "./concurrency-limit.js";
import { MemoryStream } from "./memory-stream.js";
import type {
  CallLimits,
  Connection,
  DialOptions,
  Inbound,
  Listener,
  ListenOptions,
  MessageStream,
  Transport,
  TransportHandler,
} from "./transport.js";

/** An in-process network: the listeners by address. Transports that share one can reach each other. */
export class MemoryNetwork {
  readonly #listeners = new Map<string, MemoryListener>();
  #nextPort = 1;

  bind(address: string, handler: TransportHandler, options: ListenOptions): MemoryListener {
    const { host, port } = parseAddress(address);
    const bound = formatAddress({ host: host || "127.0.0.1", port: port || this.#nextPort++ });
    if (this.#listeners.has(bound))
      throw unavailable("go.micro.server", `listen on "${bound}": address in use`, {
        reason: "ADDRESS_IN_USE",
      });
    const listener = new MemoryListener(bound, handler, {
      ...options,
      onClose: () => this.#listeners.delete(bound),
    });
    this.#listeners.set(bound, listener);
    return listener;
  }

  /** @throws {MicroError} 503 when nothing listens there. */
  find(address: string): MemoryListener {
    const listener = this.#listeners.get(address);
    if (listener) return listener;
    throw unavailable("go.micro.client", `connect to "${address}": connection refused`, { executed: "no" });
  }
}

/** Carries messages within one process, for tests and single-process programs. */
export class MemoryTransport implements Transport {
  readonly name = "memory";
  readonly #network: MemoryNetwork;
  readonly #open = new Set<AsyncDisposable & { close(): Promise<void> }>();

  constructor(network: MemoryNetwork) {
    this.#network = network;
  }

  async dial(address: string, { signal }: DialOptions = {}): Promise<Connection> {
    signal?.throwIfAborted();
    this.#network.find(address);
    return this.#keep(new MemoryConnection(this.#network, address));
  }

  async listen(address: string, handler: TransportHandler, options: ListenOptions = {}): Promise<Listener> {
    return this.#keep(this.#network.bind(address, handler, options));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((part) => part.close()));
    this.#open.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #keep<T extends Connection | Listener>(part: T): T {
    this.#open.add(part);
    return part;
  }
}

interface MemoryListenOptions extends ListenOptions {
  readonly onClose: () => void;
}

class MemoryListener implements Listener {
  readonly address: string;
  readonly limit: ConcurrencyLimit;
  readonly #onClose: () => void;
  readonly #closed = new AbortController();

  constructor(address: string, handler: TransportHandler, options: MemoryListenOptions) {
    this.address = address;
    this.limit = new ConcurrencyLimit(handler, options.maxCalls ?? 1024);
    this.#onClose = options.onClose;
    manyListeners(this.#closed.signal);
  }

  /** Aborts when the listener closes. */
  get signal(): AbortSignal {
    return this.#closed.signal;
  }

  drain: Listener["drain"] = (options) => this.limit.drain(options);

  async close(): Promise<void> {
    this.#onClose();
    this.#closed.abort(nodeLost("go.micro.client", `connection to "${this.address}": closed by the peer`));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

class MemoryConnection implements Connection {
  readonly #network: MemoryNetwork;
  readonly #address: string;
  readonly #closed = new AbortController();

  constructor(network: MemoryNetwork, address: string) {
    this.#network = network;
    this.#address = address;
    manyListeners(this.#closed.signal);
  }

  get closed(): boolean {
    return this.#closed.signal.aborted;
  }

  async call(message: Message, limits: CallLimits = {}): Promise<Message> {
    limits.signal?.throwIfAborted();
    const listener = this.#find();
    const left = new AbortController();
    const inbound = inboundOf(left.signal);
    const { controller, release } = anySignal(this.#closed.signal, listener.signal, limits.signal);
    const reply = listener.limit.call(message, inbound);
    try {
      return await settled(reply, controller.signal, limits.timeout);
    } catch (error) {
      left.abort(error);
      throw error;
    } finally {
      release();
    }
  }

  async stream(opening: Message, { signal }: CallLimits = {}): Promise<MessageStream> {
    signal?.throwIfAborted();
    const listener = this.#find();
    const [ours, theirs] = MemoryStream.pair();
    const left = new AbortController();
    ours.onClose(() => left.abort(nodeLost("go.micro.server", "caller left")));
    const abandon = () => ours.abandon(listener.signal.reason);
    listener.signal.addEventListener("abort", abandon, { once: true });
    const close = () => void ours.close();
    const stops = [signal, this.#closed.signal];
    for (const stop of stops) stop?.addEventListener("abort", close, { once: true });
    const done = () => {
      listener.signal.removeEventListener("abort", abandon);
      for (const stop of stops) stop?.removeEventListener("abort", close);
      return theirs.close();
    };
    listener.limit.stream(opening, theirs, inboundOf(left.signal)).then(done, done);
    return ours;
  }

  async close(): Promise<void> {
    this.#closed.abort(unavailable("go.micro.client", `connection to "${this.#address}": closed`));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #find(): MemoryListener {
    if (this.#closed.signal.aborted)
      throw unavailable("go.micro.client", `connection to "${this.#address}": closed`, { executed: "no" });
    return this.#network.find(this.#address);
  }
}

function inboundOf(signal: AbortSignal): Inbound {
  const inbound: Inbound = { remote: "memory:0", signal };
  signal.addEventListener("abort", () => inbound.onAbort?.(), { once: true });
  return inbound;
}

function settled(reply: Promise<Message>, signal: AbortSignal, timeout?: number): Promise<Message> {
  return new Promise((resolve, reject) => {
    const late = () =>
      reject(timedOut("go.micro.client", "call: no response in time", { executed: "unknown" }));
    const timer = timeout === undefined ? undefined : systemClock.schedule(timeout, late);
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    reply.then(resolve, reject).finally(() => {
      timer?.cancel();
      signal.removeEventListener("abort", abort);
    });
  });
}
