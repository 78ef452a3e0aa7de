import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import Consul from "consul";
import { MicroError } from "../../../core/errors.js";
import { parseJson } from "../../../core/text/json.js";
import { Sockets } from "../sockets.js";
import { BoundedBody, maxList, maxNames, maxReply } from "./bounded-body.js";
import type { Call } from "./call.js";
import { CallFailure, errorOfCall } from "./call-failure.js";
import { type AgentEndpoint, type ConsulSettings, isLocal } from "./consul-settings.js";
import { type Origin, OriginReader } from "./origin.js";
import { self } from "./requests.js";

/** An answer of Consul: headers and parsed body. */
export interface ConsulAnswer {
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
  /** Length of the body in characters. */
  readonly size: number;
  /**
   * Returns the agent that answered. Asks it for its name unless that is known. @throws {MicroError} 503 if it cannot.
   */
  readonly origin: () => Promise<Origin>;
}

/** The middleware hooks of the `consul` package, which its types leave out. */
interface Middleware {
  _ext(
    event: "onCreate" | "onRequest" | "onResponse",
    step: (request: PapiRequest, next: () => void) => void,
  ): void;
}

interface PapiRequest {
  readonly opts: {
    pipe?: BoundedBody;
    agent?: unknown;
    readonly name?: string;
    readonly query?: Readonly<Record<string, unknown>>;
  };
  /** The options for `node:http`, once they are made. */
  readonly req?: { hostname?: string };
  readonly ctx?: EventEmitter;
  readonly res?: Reply;
  err?: unknown;
}

type Reply = IncomingMessage & { body?: unknown; size?: number };

export interface ConsulConnectionOptions {
  readonly dialTimeout: number;
  readonly ask: (connection: ConsulConnection, call: Call) => Promise<ConsulAnswer>;
}

/** One Consul agent, reached through the `consul` package with limits on time, size and sockets. */
export class ConsulConnection {
  readonly address: string;
  readonly origin: OriginReader;
  readonly #consul: Consul;
  readonly #sockets: Sockets;

  /** `ask` must make a short call within the limit on connections. */
  constructor(place: AgentEndpoint, settings: ConsulSettings, { dialTimeout, ask }: ConsulConnectionOptions) {
    this.address = place.address;
    this.origin = new OriginReader(isLocal(place), () => ask(this, self()));
    this.#sockets = new Sockets(place.baseUrl.startsWith("https:"), dialTimeout);
    const options = {
      baseUrl: place.baseUrl,
      socketPath: place.socketPath,
      headers: settings.headers,
      agent: this.#sockets.short,
      ...settings.tls,
    };
    this.#consul = new Consul(options);
    guardBodies(this.#consul as unknown as Middleware, this.#sockets);
  }

  /** @throws {CallFailure} for anything but a successful answer. The reason of `signal` if it aborts. */
  async call(call: Call, timeout: number, signal?: AbortSignal): Promise<ConsulAnswer> {
    signal?.throwIfAborted();
    const ctx = Object.assign(new EventEmitter(), { includeResponse: true });
    const cancel = () => ctx.emit("cancel");
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      const [response, body] = (await call(this.#consul, { timeout, ctx })) as [Reply, unknown];
      return { headers: response.headers, body, size: response.size ?? 0, origin: () => this.#origin() };
    } catch (error) {
      signal?.throwIfAborted();
      throw failure(error, timeout);
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  async #origin(): Promise<Origin> {
    try {
      return await this.origin.read();
    } catch (error) {
      throw errorOfCall(error as CallFailure, "ask the agent for its name", this.address);
    }
  }

  close(): void {
    this.#sockets.close();
  }
}

/** Requests whose reply lists every service or machine. */
const lists: ReadonlySet<string | undefined> = new Set([
  "catalog.service.list",
  "catalog.node.list",
  "agent.service.list",
  "health.state",
]);

/**
 * Replaces two steps of the `consul` package: reading bodies, which has no limit, and parsing JSON, which rounds large
 * numbers.
 */
function guardBodies(client: Middleware, sockets: Sockets): void {
  client._ext("onCreate", (request, next) => {
    const limit = lists.has(request.opts.name) ? maxList : maxReply;
    request.opts.pipe = new BoundedBody(limit, () => request.ctx?.emit("cancel"));
    request.opts.agent = request.opts.query?.wait === undefined ? sockets.short : sockets.blocking;
    next();
  });
  client._ext("onRequest", ({ req }, next) => {
    // The package takes the host from a URL, where IPv6 has brackets. A socket needs it without.
    if (req?.hostname) req.hostname = req.hostname.replace(/^\[(.*)\]$/, "$1");
    next();
  });
  client._ext("onResponse", (request, next) => {
    const body = request.opts.pipe;
    if (body?.exceeded)
      request.err = new CallFailure(request.err, `reply over ${body.limit / 1024 / 1024} MiB`);
    else if (body && request.res) readBody(request, request.res, body);
    next();
  });
}

function readBody(request: PapiRequest, reply: Reply, body: BoundedBody): void {
  const { text } = body;
  reply.body = text;
  reply.size = text.length;
  if (request.err !== undefined || text === "") return;
  try {
    reply.body = parseJson(text, { keys: maxNames });
  } catch (error) {
    const why =
      MicroError.is(error) && error.code === 413
        ? `reply is too large: ${error.detail}`
        : "reply is not JSON";
    request.err = new CallFailure(error, why);
  }
}

function failure(error: unknown, timeout: number): CallFailure {
  if (error instanceof CallFailure) return error;
  const { response, code, isTimeout, isAbort, message } = error as {
    response?: IncomingMessage & { body?: unknown };
    code?: string;
    isTimeout?: boolean;
    isAbort?: boolean;
    message: string;
  };
  if (isTimeout) return new CallFailure(error, `no answer in ${timeout} ms`, { silent: true });
  if (isAbort) return new CallFailure(error, "reply was cut off");
  const text = typeof response?.body === "string" ? response.body.trim().slice(0, 200) : "";
  if (response?.statusCode !== undefined)
    return new CallFailure(error, text || message, { status: response.statusCode });
  return new CallFailure(error, code ?? message);
}
