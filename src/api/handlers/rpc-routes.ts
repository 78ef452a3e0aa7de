import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { CallOptions, Client } from "../../client/client.js";
import { badRequest, MicroError } from "../../core/errors.js";
import { callMetadata } from "../../http/admission/edge-headers.js";
import { type BufferedRequest, callerLeaves } from "../../http/body/buffered-request.js";
import { type BodyLimits, readBody } from "../../http/body/read-body.js";
import { presentable } from "../../http/errors.js";
import { TickBarrier } from "../../http/listener/tick-barrier.js";
import type { Answer } from "../../http/message/answer.js";
import { compressed } from "../../http/message/compress.js";
import type { RequestContext } from "../../http/message/request-context.js";
import type { RequestHead } from "../../http/message/request-head.js";
import { callTimeout } from "../../http/rpc/rpc.js";
import { answerStream, sse } from "../../http/stream/answer-stream.js";
import { EventStream, wantsEvents } from "../../http/stream/event-stream.js";
import { bareFrames, joinSocket } from "../../http/stream/join-socket.js";
import { SocketServer } from "../../http/stream/socket-server.js";
import { checkLink } from "../routing/cross-site-links.js";
import type { Decision } from "../routing/routing.js";
import { rpcInput } from "./rpc-input.js";

export interface RpcRoutesOptions {
  readonly client: Client;
  /** Milliseconds for a call. */
  readonly timeout: number;
  readonly bodies: BodyLimits;
  readonly maxMessage: number;
}

/** Serves routes to methods: JSON requests and responses, streams as server-sent events or WebSockets. */
export class RpcRoutes {
  readonly #options: RpcRoutesOptions;
  readonly #barrier = new TickBarrier();
  /** Created with the first WebSocket, because the library takes 4 MiB. */
  #sockets: Promise<SocketServer> | undefined;

  constructor(options: RpcRoutesOptions) {
    this.#options = options;
  }

  /** Calls a unary method. @throws {MicroError} The error to answer with. */
  async answer({ head, body, context, signal }: BufferedRequest, decision: Decision): Promise<Answer> {
    checkLink(context, decision);
    const { client, timeout } = this.#options;
    const input = this.#input(head, context, decision, body);
    const options = {
      ...this.#call(head, context),
      signal,
      timeout: callTimeout(head.headers.timeout, { timeout }),
    };
    context.label = decision.service;
    await this.#barrier.over();
    const reply = await client.call<Uint8Array>(decision.service, decision.method, input, options);
    return compressed(head, { status: 200, headers: ["Content-Type", "application/json"], body: reply });
  }

  /** Streams the responses of a streaming method. @throws {MicroError} The error to answer with. */
  async stream(
    request: IncomingMessage,
    response: ServerResponse,
    context: RequestContext,
    decision: Decision,
  ): Promise<void> {
    checkLink(context, decision);
    const { client, bodies } = this.#options;
    const body = await readBody(request, bodies, "go.micro.api");
    const input = this.#input(request, context, decision, body);
    context.label = decision.service;
    if (!wantsEvents(request))
      throw badRequest("go.micro.api", `${decision.method}: a stream; ask for text/event-stream`);
    const options = { ...this.#call(request, context), signal: callerLeaves(request, response) };
    const stream = await client.stream<Uint8Array>(decision.service, decision.method, options);
    const events = new EventStream(response);
    await answerStream(events, stream, { requests: [input], form: sse, shown: shownTo(context) });
  }

  /** Connects a WebSocket to a streaming method. @throws {MicroError} The error to answer with. */
  async upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    { context, route }: { context: RequestContext; route: Decision },
  ): Promise<void> {
    const asked = route.params.size > 0 || context.path.query !== "";
    const first = asked ? this.#input(request, context, route, Buffer.alloc(0)) : undefined;
    const left = new AbortController();
    socket.once("close", () => left.abort(new MicroError("go.micro.api", 499, "the caller left")));
    const options = { ...this.#call(request, context), signal: left.signal };
    const stream = await this.#options.client.stream<Uint8Array>(route.service, route.method, options);
    context.label = route.service;
    this.#sockets ??= SocketServer.open(this.#options.maxMessage);
    const accepted = await (await this.#sockets).accept({ request, socket, head });
    await joinSocket(accepted, stream, bareFrames(shownTo(context)), first);
  }

  async close(): Promise<void> {
    (await this.#sockets)?.close();
  }

  #input(head: RequestHead, context: RequestContext, { params, endpoint }: Decision, body: Buffer): Buffer {
    const contentType = head.headers["content-type"];
    return rpcInput({ params, query: context.path.query, contentType, body, endpoint });
  }

  #call(head: RequestHead, context: RequestContext): CallOptions {
    return { raw: true, contentType: "application/json", metadata: callMetadata(head, context) };
  }
}

function shownTo(context: RequestContext): (error: unknown) => MicroError {
  return (error) => presentable(error, "go.micro.api", context);
}
