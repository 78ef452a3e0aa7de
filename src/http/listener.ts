import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { FastifyInstance } from "fastify";
import { badRequest } from "../core/errors.js";
import { silent } from "../core/log.js";
import { writeAccess } from "./access.js";
import { type App, openApp } from "./app.js";
import { bind, isLocal, type Place } from "./bind.js";
import { Connections } from "./connections.js";
import { Edge } from "./edge.js";
import { parserError, presentable, refuseSocket, refuseUpgrade, sendError } from "./errors.js";
import type { Exchange } from "./exchange.js";
import { healthRoutes } from "./health.js";
import { defaultLimits, type Limits } from "./limits.js";
import { Metrics } from "./metrics.js";
import { nodeServer } from "./node-server.js";
import type { HttpOptions } from "./options.js";
import { hidesSlash } from "./path.js";
import { letRunOff } from "./refused-body.js";
import type { DrainOptions, HttpServer } from "./server.js";
import { Stats, statsRoutes } from "./stats.js";
import { readTls, reloadTls } from "./tls.js";
import type { Token } from "./token.js";
import { UnderWay } from "./under-way.js";

/** Opens all parts of a listener but the port. */
export async function listener(
  options: HttpOptions,
  place: Place,
  token: Token | undefined,
): Promise<HttpServer> {
  const limits = { ...defaultLimits, ...options.limits };
  const tls = options.tls && (await readTls(options.tls, options.name));
  const server = nodeServer(limits, tls, options.tls?.clientCaFile !== undefined);
  const app = await openApp(options.name, limits, options.log);
  const metrics = await Metrics.open();
  const made = new Listener(options, { limits, server, app, metrics, place, token });
  if (options.tls && tls) made.owns(reloadTls(server as never, options.tls, tls, options.log ?? silent));
  for (const plugin of options.plugins ?? []) await plugin.http?.(made.app, options.name);
  await made.addHealth();
  return made;
}

interface Parts {
  readonly limits: Limits;
  readonly server: Server;
  readonly app: App;
  readonly metrics: Metrics;
  readonly place: Place;
  readonly token: Token | undefined;
}

class Listener implements HttpServer {
  readonly app: FastifyInstance;
  readonly metrics: Metrics;
  address = "";
  readonly #options: HttpOptions;
  readonly #parts: Parts;
  readonly #server: Server;
  readonly #edge: Edge;
  readonly #connections: Connections;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #stopping = new AbortController();
  readonly #stats: Stats | undefined;
  readonly #underWay = new UnderWay();
  #draining = false;
  #closed: Promise<void> | undefined;

  constructor(options: HttpOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
    this.#server = parts.server;
    this.app = parts.app.fastify;
    this.metrics = parts.metrics;
    this.#stats = options.stats ? new Stats() : undefined;
    this.#edge = new Edge(options, {
      token: parts.token,
      maxUrl: parts.limits.url,
      openReads: options.public === true && !isLocal(parts.place),
      bound: () => this.#bound(),
    });
    this.#connections = new Connections(this.#server, parts.limits, options.name, options.tls !== undefined);
    this.#listenToServer();
  }

  get url(): string {
    const scheme = this.#options.tls ? "https" : "http";
    if (this.address.startsWith("unix:")) return this.address;
    return `${scheme}://${this.address.replace(/^(0\.0\.0\.0|\[::\])(?=:)/, "127.0.0.1")}`;
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
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async drain({ delay = 0, timeout = 30_000 }: DrainOptions = {}): Promise<void> {
    this.#draining = true;
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    this.#connections.refuse();
    this.#stopping.abort();
    await this.#underWay.over(timeout);
    await this.#connections.leave();
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
    this.#parts.token?.close();
    for (const timer of this.#timers) clearInterval(timer);
  }

  #bound() {
    const address = this.#server.address();
    if (address === null || typeof address === "string") return undefined;
    return { host: (address as AddressInfo).address, port: address.port };
  }

  #listenToServer(): void {
    const { name } = this.#options;
    const server = this.#server;
    server.on("request", (request, response) => this.#request(request, response));
    server.on("checkContinue", (request, response) => this.#request(request, response, true));
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    server.on("connect", (request, socket) => this.#upgrade(request, socket, Buffer.alloc(0)));
    server.on("clientError", (error, socket) => refuseSocket(socket, parserError(error, name)));
    server.on("error", (err) => this.#options.log?.error({ err }, "listener failed"));
  }

  #request(request: IncomingMessage, response: ServerResponse, expects = false): void {
    const h1 = request.httpVersionMajor === 1;
    if (this.#draining && h1) response.setHeader("Connection", "close");
    const exchange = this.#admit(request, response);
    if (!exchange) return;
    this.#began(request, response, exchange);
    if (exchange.path.redirect !== undefined) this.#redirect(request, response, exchange.path.redirect);
    else {
      if (expects) response.writeContinue();
      this.#route(request, response, exchange);
    }
  }

  #admit(request: IncomingMessage, response: ServerResponse): Exchange | undefined {
    const { origin } = request.headers;
    try {
      this.#edge.cors.write(origin, response);
      const exchange = this.#edge.admit(request, false);
      if (request.method !== "OPTIONS") return exchange;
      if (!this.#edge.cors.preflight(origin, response))
        response.writeHead(200, { "Content-Length": 0 }).end();
    } catch (error) {
      this.#refuse(request, response, error);
    }
    return undefined;
  }

  #began(request: IncomingMessage, response: ServerResponse, exchange: Exchange): void {
    this.#underWay.begin();
    this.#connections.began(request);
    response.once("close", () => {
      this.#underWay.end();
      const duration = performance.now() - exchange.started;
      this.#stats?.count(response.statusCode);
      this.metrics.observe(exchange.label, request.method ?? "", response.statusCode, duration);
      if (this.#options.log) writeAccess(this.#options.log, request, response, exchange, duration);
    });
  }

  #redirect(request: IncomingMessage, response: ServerResponse, location: string): void {
    if (request.method === "GET" || request.method === "HEAD")
      response.writeHead(301, { Location: location, "Content-Length": 0 }).end();
    else this.#refuse(request, response, badRequest(this.#options.name, "request path: not clean"));
  }

  #route(request: IncomingMessage, response: ServerResponse, exchange: Exchange): void {
    const { front, escapedSlashes, name } = this.#options;
    if (front?.request(request, response, exchange)) return;
    if (!escapedSlashes && hidesSlash(exchange.path.path))
      this.#refuse(request, response, badRequest(name, "request path: escaped slash"));
    else this.#parts.app.handle(request, response);
  }

  /** Takes no more of the body than what is on its way. */
  #refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    letRunOff(request, response);
    sendError(response, presentable(error, this.#options.name, ""));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const { front, name } = this.#options;
    try {
      const exchange = this.#edge.admit(request, true);
      const { path, redirect } = exchange.path;
      if (redirect !== undefined || this.#draining) throw badRequest(name, "upgrade: not possible here");
      if (front?.upgrade?.(request, socket, head, exchange)) return;
      if (hidesSlash(path)) throw badRequest(name, "request path: escaped slash");
      const { inner } = this.#parts.app;
      if (inner.listenerCount("upgrade") === 0) throw badRequest(name, "upgrade: nothing here upgrades");
      inner.emit("upgrade", request, socket, head);
    } catch (error) {
      refuseUpgrade(request, socket, presentable(error, name, ""));
    }
  }
}
