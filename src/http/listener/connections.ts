import type { IncomingMessage, Server } from "node:http";
import type { Http2ServerRequest, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import { type BlockList, Server as NetServer, type Socket } from "node:net";
import type { Readable } from "node:stream";
import { MicroError } from "../../core/errors.js";
import { notReceived } from "../../transport/http/server/parser-error.js";
import { plainAddress } from "../admission/forwarded.js";
import { blockList, contains } from "../admission/networks.js";
import { refuseSocket } from "../errors.js";
import type { Limits } from "../limits.js";
import type { HttpOptions } from "../options.js";
import { enhanceYourCalm, Http2Queues } from "./http2-queues.js";

/** Milliseconds that a request may take to arrive on a connection that looks idle. */
const arrivalTime = 100;
/** Bytes written at the last check that saw progress, and when that was. */
interface Moves {
  written: number;
  writtenAt: number;
}

/** A request body that is being received. */
interface Incoming {
  readonly source: Readable;
  /** Bytes received, and how many at the start of the current measurement. */
  received: number;
  seen: number;
  seenAt: number;
}

export type ConnectionsOptions = Pick<HttpOptions, "name" | "tls" | "trustedProxies">;

/** The connections of a listener. Limits their number, and closes slow and stalled ones. */
export class Connections {
  readonly #limits: Limits;
  readonly #id: string;
  readonly #secure: boolean;
  readonly #live = new Set<Socket>();
  /** Sockets that responses are written to. Over TLS these are not the accepted sockets, which buffer nothing. */
  readonly #written = new Map<Socket, Moves>();
  /** Sockets whose clients closed their sending side while their requests were in flight. */
  readonly #halfClosed = new Map<Socket, Moves>();
  readonly #queues: Http2Queues;
  readonly #bodies = new Map<IncomingMessage, Incoming>();
  /** Callbacks of unanswered requests, by `request.socket`, which over TLS is not the accepted socket. */
  readonly #unanswered = new Map<Socket, Set<() => void>>();
  readonly #perClient = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  readonly #server: Server;
  readonly #sessions = new Set<ServerHttp2Session>();

  /** Trusted proxies. They are exempt from `connectionsPerClient`, because each serves many clients. */
  readonly #proxies: BlockList;

  constructor(server: Server, limits: Limits, { name, tls, trustedProxies = [] }: ConnectionsOptions) {
    this.#server = server;
    this.#limits = limits;
    this.#id = name;
    this.#secure = tls !== undefined;
    this.#proxies = blockList(trustedProxies, name);
    this.#queues = new Http2Queues({ ...limits.http2Waiting, stalled: limits.stalled });
    server.on("connection", (socket: Socket) => this.#opened(socket));
    if (tls) server.on("secureConnection", (socket: Socket) => this.#watch(socket));
    server.on("session", (session: ServerHttp2Session) => {
      this.#sessions.add(session);
      this.#queues.watch(session);
      session.once("close", () => this.#sessions.delete(session));
    });
    this.#timer = setInterval(
      () => this.#check(),
      Math.min(1000, limits.rateAfter, limits.stalled, limits.halfClosed),
    );
    this.#timer.unref();
  }

  get size(): number {
    return this.#live.size;
  }

  /**
   * Call this when a request starts on `socket`. `lost` is called if the socket closes before `ended`: Node emits no
   * event for a pipelined request that it never got to.
   */
  began(socket: Socket, lost: () => void): void {
    const known = this.#unanswered.get(socket);
    if (known) known.add(lost);
    else this.#follow(socket, new Set([lost]));
  }

  ended(socket: Socket, lost: () => void): void {
    this.#unanswered.get(socket)?.delete(lost);
  }

  /** Enforces the minimum rate of the body of `request`. */
  watch(request: IncomingMessage): void {
    if (!awaitsBody(request)) return;
    const source = sourceOf(request);
    const body: Incoming = { source, received: 0, seen: 0, seenAt: performance.now() };
    const push = source.push;
    source.push = (chunk: Uint8Array | null, encoding) => {
      if (chunk === null) this.#bodies.delete(request);
      else body.received += chunk.length;
      return push.call(source, chunk, encoding);
    };
    this.#bodies.set(request, body);
  }

  /** Stops accepting. Node's own `close` would also drop idle connections on which a request is just arriving. */
  refuse(): void {
    if (this.#server.listening) NetServer.prototype.close.call(this.#server);
    for (const session of this.#sessions) session.close();
  }

  /** Closes idle connections, after requests that are on their way have had time to arrive. */
  async leave(): Promise<void> {
    if (this.#live.size > 0) await new Promise((resolve) => setTimeout(resolve, arrivalTime));
    this.#server.closeIdleConnections?.();
  }

  /** Closes every socket, including upgraded ones. */
  destroy(): void {
    clearInterval(this.#timer);
    for (const socket of this.#live) socket.destroy();
  }

  #opened(socket: Socket): void {
    const client = plainAddress(socket.remoteAddress ?? "local");
    const count = this.#perClient.get(client) ?? 0;
    const { connections, connectionsPerClient } = this.#limits;
    const greedy = count >= connectionsPerClient && !contains(this.#proxies, client);
    if (greedy || this.#live.size >= connections) {
      this.#refuse(socket);
      return;
    }
    this.#perClient.set(client, count + 1);
    this.#live.add(socket);
    socket.once("close", () => this.#closed(socket, client));
    if (!this.#secure) this.#watch(socket);
  }

  #watch(socket: Socket): void {
    this.#written.set(socket, { written: 0, writtenAt: performance.now() });
    socket.once("end", () => this.#halfClose(socket));
    socket.once("close", () => {
      this.#written.delete(socket);
      this.#halfClosed.delete(socket);
    });
  }

  /** The client closed its sending side. It may still read, or be gone. */
  #halfClose(socket: Socket): void {
    if (!this.#unanswered.get(socket)?.size) return;
    this.#halfClosed.set(socket, { written: socket.bytesWritten, writtenAt: performance.now() });
  }

  #closed(socket: Socket, client: string): void {
    this.#live.delete(socket);
    const left = (this.#perClient.get(client) ?? 1) - 1;
    if (left > 0) this.#perClient.set(client, left);
    else this.#perClient.delete(client);
  }

  #follow(socket: Socket, unanswered: Set<() => void>): void {
    this.#unanswered.set(socket, unanswered);
    socket.once("close", () => {
      this.#unanswered.delete(socket);
      for (const lost of unanswered) lost();
    });
  }

  #refuse(socket: Socket): void {
    socket.on("error", () => socket.destroy());
    const error = new MicroError(this.#id, 503, "too many connections", { executed: "no" });
    if (this.#secure) socket.destroy();
    else refuseSocket(socket, error);
    socket.destroySoon();
  }

  #check(): void {
    const now = performance.now();
    for (const [request, body] of this.#bodies) if (this.#slowBody(request, body, now)) this.#cutOff(request);
    for (const [socket, moves] of this.#written)
      if (this.#stalledReader(socket, moves, now)) socket.destroy();
    for (const [socket, moves] of this.#halfClosed) if (this.#isGone(socket, moves, now)) socket.destroy();
    this.#queues.check(now);
  }

  #cutOff(request: IncomingMessage): void {
    this.#bodies.delete(request);
    if (request.httpVersionMajor === 2) streamOf(request).close(enhanceYourCalm);
    else refuseSocket(request.socket, notReceived(this.#id, "request"));
  }

  /** True if a body arrives too slowly. Not if it is this server that does not read it. */
  #slowBody(request: IncomingMessage, body: Incoming, now: number): boolean {
    if (body.source.destroyed) {
      this.#bodies.delete(request);
      return false;
    }
    const { rateAfter, bodyRate } = this.#limits;
    if (now - body.seenAt < rateAfter) return false;
    const slow = body.received - body.seen < (bodyRate * (now - body.seenAt)) / 1000;
    body.seen = body.received;
    body.seenAt = now;
    return slow && body.source.readableLength === 0;
  }

  /** Writing to a client that is gone causes a reset. One that gets nothing for a while has to be closed here. */
  #isGone(socket: Socket, moves: Moves, now: number): boolean {
    if (socket.bytesWritten !== moves.written) {
      moves.written = socket.bytesWritten;
      moves.writtenAt = now;
    }
    return now - moves.writtenAt > this.#limits.halfClosed;
  }

  #stalledReader(socket: Socket, moves: Moves, now: number): boolean {
    const moved = socket.bytesWritten - socket.writableLength;
    if (socket.writableLength === 0 || moved !== moves.written) {
      moves.written = moved;
      moves.writtenAt = now;
      return false;
    }
    return now - moves.writtenAt > this.#limits.stalled;
  }
}

function awaitsBody(request: IncomingMessage): boolean {
  if (request.httpVersionMajor === 2) return !streamOf(request).endAfterHeaders;
  const { "transfer-encoding": coding, "content-length": length = "0" } = request.headers;
  return !request.complete && (coding !== undefined || length !== "0");
}

/** The stream that receives the body of a request. */
function sourceOf(request: IncomingMessage): Readable {
  return request.httpVersionMajor === 2 ? streamOf(request) : request;
}

function streamOf(request: IncomingMessage): ServerHttp2Stream {
  return (request as unknown as Http2ServerRequest).stream;
}
