import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { notExecuted, writeFailure } from "../../../codec/rpc/rpc.js";
import { nodeLost } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import { formatAddress } from "../../../core/net/address.js";
import type { ConcurrencyLimit } from "../../concurrency-limit.js";
import { unexpectedAsInternal } from "../../contained-handler.js";
import { Queue } from "../../queue.js";
import type { TransportHandler } from "../../transport.js";
import { refuse, reply } from "../wire/response.js";
import { onBody, receivedBody } from "./body.js";
import { checkRequest } from "./check-request.js";
import { answerHealthProbe, isHealthProbe } from "./health.js";
import { HttpInbound } from "./inbound.js";
import type { KnownHeaders } from "./known-headers.js";
import { type PendingResponses, pendingResponsesOn } from "./pending-responses.js";
import { ReadBackpressure } from "./read-backpressure.js";
import type { ServerExchange } from "./server-stream.js";
import { HttpServerStream } from "./server-stream.js";
import type { TickQueue } from "./tick-queue.js";

/** State shared by all connections of a listener. */
export interface Callee {
  readonly handler: TransportHandler;
  /** Limits the calls of this port, over all protocols. */
  readonly limit: ConcurrencyLimit;
  /** Host names that requests may use, besides IP addresses and `localhost`. */
  readonly hosts: ReadonlySet<string>;
  readonly headers: KnownHeaders;
  /** Calls `readOn` at the end of the current turn of the event loop. */
  readonly tickQueue: TickQueue<Peer>;
  /** Logs an unexpected error that ended a request. */
  readonly logUnexpected: (error: unknown) => void;
}

/**
 * One connection of a caller. Requests are handled one after the other. Once one opens a stream, all later requests on
 * the connection are messages of that stream.
 */
export class Peer {
  readonly socket: Socket;
  readonly #pending: PendingResponses;
  readonly #callee: Callee;
  readonly #remote: string;
  readonly #waiting = new Queue<ServerExchange>();
  readonly #inbound = new Set<HttpInbound>();
  readonly #backpressure: ReadBackpressure;
  #reading = false;
  #stream: HttpServerStream | undefined;

  constructor(socket: Socket, callee: Callee) {
    this.socket = socket;
    this.#pending = pendingResponsesOn(socket);
    this.#backpressure = new ReadBackpressure(socket, this.#waiting);
    this.#callee = callee;
    this.#remote = formatAddress({ host: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 });
    socket.on("close", () => this.#onClose());
  }

  /** True while the socket is paused because the handler of its stream reads more slowly than the caller sends. */
  get holdsBack(): boolean {
    return this.#stream !== undefined && this.#backpressure.paused;
  }

  accept(exchange: ServerExchange): void {
    this.#pending.began(exchange.response);
    this.#waiting.push(exchange);
    if (this.#stream) this.#backpressure.check();
    else this.#callee.tickQueue.add(this);
  }

  /** Serves the waiting requests, up to one whose body has not arrived yet. */
  readOn(): void {
    while (!this.#reading && !this.#stream) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      try {
        this.#read(next);
      } catch (error) {
        this.#cut(next.response, error);
      }
    }
  }

  /** Ends only the request that failed with an unexpected error. */
  #cut(response: ServerResponse, error: unknown): void {
    this.#callee.logUnexpected(error);
    response.destroy();
  }

  #read({ request, response }: ServerExchange): void {
    const problem = checkRequest(request, this.#callee.hosts);
    if (problem) {
      refuse(request, response, problem);
      return;
    }
    if (request.destroyed) return; // the caller disconnected while it waited
    const body = receivedBody(request);
    if (body) this.#serve(request, body, response);
    else this.#await(request, response);
  }

  #await(request: IncomingMessage, response: ServerResponse): void {
    this.#reading = true;
    onBody(request, (error, body) => {
      this.#reading = false;
      try {
        if (error) refuse(request, response, error);
        else this.#serve(request, body, response);
      } catch (unexpected) {
        this.#cut(response, unexpected);
      }
      this.readOn();
    });
  }

  #serve(request: IncomingMessage, body: Uint8Array, response: ServerResponse): void {
    const { handler, limit, headers } = this.#callee;
    if (request.method !== "POST" && isHealthProbe(request, body)) {
      const inbound = new HttpInbound(this.#remote);
      void answerHealthProbe(request, response, { limit, inbound });
      return;
    }
    const message = headers.message(request.rawHeaders, body);
    const refusal = limit.enter(message);
    if (refusal !== undefined) reply(response, notExecuted(message, refusal.why, refusal.reason));
    else if (handler.opensStream(message)) this.#open(message, response);
    else this.#call(message, response);
  }

  #call(message: Message, response: ServerResponse): void {
    const { handler, logUnexpected } = this.#callee;
    const inbound = this.#arrive();
    const answer = (message: Message) => {
      this.#leave(inbound);
      try {
        reply(response, message);
      } catch (error) {
        this.#cut(response, error);
      }
    };
    handler
      .call(message, inbound)
      .then(answer, (error: unknown) =>
        answer(writeFailure(message, unexpectedAsInternal(error, logUnexpected))),
      );
  }

  #open(opening: Message, response: ServerResponse): void {
    const inbound = this.#arrive();
    const stream = new HttpServerStream(this.socket, this.#waiting, this.#backpressure);
    this.#stream = stream;
    stream.release(response);
    const done = () => {
      this.#leave(inbound);
      return stream.close();
    };
    const failed = async (cause: unknown) => {
      const error = unexpectedAsInternal(cause, this.#callee.logUnexpected);
      await stream.send(writeFailure(opening, error)).catch(() => undefined);
      await done();
    };
    this.#callee.handler.stream(opening, stream, inbound).then(done, failed);
  }

  #arrive(): HttpInbound {
    const inbound = new HttpInbound(this.#remote);
    this.#inbound.add(inbound);
    return inbound;
  }

  #leave(inbound: HttpInbound): void {
    this.#inbound.delete(inbound);
    this.#callee.limit.leave();
  }

  #onClose(): void {
    const left = nodeLost("go.micro.server", "caller left");
    for (const inbound of this.#inbound) inbound.abort(left);
    this.#waiting.end();
  }
}
