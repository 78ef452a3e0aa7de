import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { CallOptions, Client } from "../client/client.js";
import { badRequest, MicroError } from "../core/errors.js";
import { callerLeaves } from "../http/caller.js";
import { sendCompressed } from "../http/compress.js";
import { sendEvents, wantsEvents } from "../http/events.js";
import type { Exchange } from "../http/exchange.js";
import { readBody } from "../http/read-body.js";
import { callTimeout } from "../http/rpc.js";
import { joinSocket, SocketServer } from "../http/stream-socket.js";
import { callMetadata } from "./call-metadata.js";
import type { Decision } from "./routing.js";
import { rpcInput } from "./rpc-input.js";

export interface RpcRoutesOptions {
  readonly client: Client;
  /** Milliseconds. */
  readonly timeout: number;
  readonly bodyLimit: number;
  readonly bodyTimeout: number;
  readonly maxMessage: number;
}

/** Answers paths that are methods themselves: JSON in, JSON out; streams as server-sent events or WebSockets. */
export class RpcRoutes {
  readonly #options: RpcRoutesOptions;
  readonly #sockets: SocketServer;

  private constructor(options: RpcRoutesOptions, sockets: SocketServer) {
    this.#options = options;
    this.#sockets = sockets;
  }

  static async open(options: RpcRoutesOptions): Promise<RpcRoutes> {
    return new RpcRoutes(options, await SocketServer.open(options.maxMessage));
  }

  /** @throws {MicroError} what the request must be answered. */
  async handle(
    request: IncomingMessage,
    response: ServerResponse,
    exchange: Exchange,
    decision: Decision,
  ): Promise<void> {
    const { client, timeout, bodyLimit, bodyTimeout } = this.#options;
    const body = await readBody(request, { limit: bodyLimit, timeout: bodyTimeout }, "go.micro.api");
    const input = this.#input(request, exchange, decision, body);
    const options = { ...this.#call(request, exchange), signal: callerLeaves(response, "go.micro.api") };
    exchange.label = decision.service;
    if (decision.endpoint?.metadata.stream === "true") {
      if (!wantsEvents(request))
        throw badRequest("go.micro.api", `${decision.method}: a stream; ask for text/event-stream`);
      const stream = await client.stream<Uint8Array>(decision.service, decision.method, options);
      return sendEvents(response, stream, input);
    }
    const reply = await client.call<Uint8Array>(decision.service, decision.method, input, {
      ...options,
      timeout: callTimeout(request.headers.timeout, { timeout }),
    });
    response.setHeader("Content-Type", "application/json");
    await sendCompressed(request, response, reply);
  }

  /** @throws {MicroError} what the upgrade must be answered. */
  async upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    { exchange, route }: { exchange: Exchange; route: Decision },
  ): Promise<void> {
    const asked = route.params.size > 0 || exchange.path.query !== "";
    const first = asked ? this.#input(request, exchange, route, Buffer.alloc(0)) : undefined;
    const left = new AbortController();
    socket.once("close", () => left.abort(new MicroError("go.micro.api", 499, "the caller left")));
    const options = { ...this.#call(request, exchange), signal: left.signal };
    const stream = await this.#options.client.stream<Uint8Array>(route.service, route.method, options);
    exchange.label = route.service;
    await joinSocket(this.#sockets, { request, socket, head }, stream, first);
  }

  async close(): Promise<void> {
    this.#sockets.close();
  }

  #input(request: IncomingMessage, exchange: Exchange, { params, endpoint }: Decision, body: Buffer): Buffer {
    const contentType = request.headers["content-type"];
    return rpcInput({ params, query: exchange.path.query, contentType, body, endpoint });
  }

  #call(request: IncomingMessage, exchange: Exchange): CallOptions {
    return { raw: true, contentType: "application/json", metadata: callMetadata(request, exchange) };
  }
}
