import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Closeable } from "../../core/closeable.js";
import { silent } from "../../core/log/log.js";
import { dialAddress } from "../../core/net/local-address.js";
import { sleep } from "../../core/time/clock.js";
import { Admission } from "../admission/admission.js";
import type { Token } from "../admission/token.js";
import { type HttpApp, openApp } from "../app.js";
import { defaultLimits, type Limits } from "../limits.js";
import { InFlightRequests } from "../observe/in-flight-requests.js";
import { Metrics } from "../observe/metrics.js";
import { RequestStats, statsRoutes } from "../observe/stats.js";
import type { HttpOptions } from "../options.js";
import { bind, isLocal, type ListenAddress } from "./bind.js";
import { Connections } from "./connections.js";
import { Dispatcher } from "./dispatcher.js";
import { FastFront } from "./fast/front.js";
import { healthRoutes } from "./health.js";
import { nodeServer } from "./node-server.js";
import { addListener } from "./own-listeners.js";
import { RequestTracker } from "./request-tracker.js";
import { readTls, reloadTls } from "./tls.js";

/** Creates a listener with all its parts. The port is bound by `listen`. */
export async function listener(
  options: HttpOptions,
  place: ListenAddress,
  token: Token | undefined,
): Promise<HttpServer> {
  const limits = { ...defaultLimits, ...options.limits };
  const tls = options.tls && readTls(options.tls, options.name);
  const server = await nodeServer(limits, tls, options.tls?.clientCaFile !== undefined);
  const app = await openApp(options.name, limits, options.log);
  const metrics = new Metrics(options);
  const made = new Listener(options, { limits, server, app, metrics, place, token });
  if (options.tls && tls) made.owns(reloadTls(server as never, options.tls, tls, options.log ?? silent));
  for (const plugin of options.plugins ?? []) await plugin.http?.(made.app, options.name);
  await made.addHealth();
  return made;
}

interface Parts {
  readonly limits: Limits;
  readonly server: Server;
  readonly app: HttpApp;
  readonly metrics: Metrics;
  readonly place: ListenAddress;
  readonly token: Token | undefined;
}

class Listener implements HttpServer {
  readonly app: FastifyInstance;
  readonly metrics: Metrics;
  address = "";
  readonly #options: HttpOptions;
  readonly #parts: Parts;
  readonly #server: Server;
  readonly #connections: Connections;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #stopping = new AbortController();
  readonly #stats: RequestStats | undefined;
  readonly #fast: FastFront | undefined;
  readonly #inFlight = new InFlightRequests();
  /** Removes it from the listeners of this process. */
  #leaveOwn: () => void = () => {};
  #draining = false;
  #closed: Promise<void> | undefined;

  constructor(options: HttpOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
    this.#server = parts.server;
    this.app = parts.app.fastify;
    this.metrics = parts.metrics;
    this.#stats = options.stats ? new RequestStats() : undefined;
    const { app, metrics } = parts;
    const admission = new Admission(options, {
      token: parts.token,
      maxUrl: parts.limits.url,
      openReads: options.public === true && !isLocal(parts.place),
      bound: () => this.#bound(),
    });
    const connections = new Connections(this.#server, parts.limits, options);
    this.#connections = connections;
    const [inFlight, stats, draining] = [this.#inFlight, this.#stats, () => this.#draining];
    const tracker = new RequestTracker({ connections, inFlight, metrics, stats, log: options.log });
    const { limits } = parts;
    const maxHeaders = limits.headers;
    new Dispatcher(options, { admission, app, connections, tracker, draining, maxHeaders }).listenTo(
      this.#server,
    );
    const { requestHandler, name, fastFront = true, tls, log } = options;
    if (fastFront && requestHandler && !tls)
      this.#fast = new FastFront(this.#server, {
        name,
        requestHandler,
        admission,
        tracker,
        limits,
        draining,
        log,
      });
  }

  get url(): string {
    const scheme = this.#options.tls ? "https" : "http";
    if (this.address.startsWith("unix:")) return this.address;
    return `${scheme}://${dialAddress(this.address)}`;
  }

  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  owns(timer: NodeJS.Timeout): void {
    this.#timers.push(timer);
  }

  async addHealth(): Promise<void> {
    const { stats, public: open, ready, name } = this.#options;
    const shown = stats || !open || isLocal(this.#parts.place);
    const problem = () => (this.#draining ? "draining" : ready?.());
    await this.app.register(healthRoutes, { id: name, problem, ...(shown && { metrics: this.metrics }) });
    if (this.#stats) await this.app.register(statsRoutes, { stats: this.#stats });
  }

  async listen(): Promise<void> {
    try {
      await this.app.ready();
      this.address = await bind(this.#server, this.#parts.place, this.#options.name);
      this.#leaveOwn = addListener(() => this.#bound());
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async drain({ delay = 0, timeout = 30_000 }: DrainOptions = {}): Promise<void> {
    this.#draining = true;
    if (delay > 0) await sleep(delay);
    this.#connections.refuse();
    this.#stopping.abort();
    await this.#inFlight.over(timeout);
    await this.#connections.leave();
    this.#fast?.leave();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#draining = true;
    await this.drain();
    await this.app.close();
    this.#connections.destroy();
    this.#leaveOwn();
    this.#parts.token?.close();
    for (const timer of this.#timers) clearInterval(timer);
  }

  #bound() {
    const address = this.#server.address();
    if (address === null || typeof address === "string") return undefined;
    return { host: (address as AddressInfo).address, port: address.port };
  }
}

/** The HTTP server of a program. Add routes to `app`, then call `listen`. */
export interface HttpServer extends Closeable {
  readonly app: FastifyInstance;
  readonly metrics: Metrics;
  /** The bound `host:port` or `unix:/path`. Empty before `listen`. */
  readonly address: string;
  readonly url: string;
  /** Aborts when new work is refused, so that long-lived streams and watches end. */
  readonly stopping: AbortSignal;
  /** Binds. @throws {MicroError} 500 (ADDRESS_IN_USE) when something else listens there. */
  listen(): Promise<void>;
  /** Reports not ready, serves on for `delay`, then refuses new work. Resolves when all requests are answered. */
  drain(options?: DrainOptions): Promise<void>;
}

/** Times in milliseconds. */
export interface DrainOptions {
  /** Time to serve on, so that load balancers notice. Default 0. */
  readonly delay?: number;
  /** Time for requests in flight. Default 30 seconds. */
  readonly timeout?: number;
}
