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

/** Milliseconds for a request to arrive on a connection that looks idle. */
const onItsWay = 100;
/** Bytes written at the last look that saw some go out, and when that was. */
interface Moves {
  written: number;
  writtenAt: number;
}

/** A body that is coming in. */
interface Incoming {
  readonly source: Readable;
  /** Bytes of it that came, and how many at the last look that saw enough of them. */
  received: number;
  seen: number;
  seenAt: number;
}

export type ConnectionsOptions = Pick<HttpOptions, "name" | "tls" | "trustedProxies">;

/** The sockets of one listener: how many, of whom, and whether they move. */
export class Connections {
  readonly #limits: Limits;
  readonly #id: string;
  readonly #secure: boolean;
  readonly #live = new Set<Socket>();
  /** What answers are written to: over TLS not the sockets that were accepted, which hold nothing back. */
  readonly #written = new Map<Socket, Moves>();
  /** Whose clients said that they send no more, while their requests are under way. */
  readonly #halfClosed = new Map<Socket, Moves>();
  readonly #queues: Http2Queues;
  readonly #bodies = new Map<IncomingMessage, Incoming>();
  /** By the socket that requests name (over TLS not the one of the connection): what to do for those not answered when it closes. */
  readonly #unanswered = new Map<Socket, Set<() => void>>();
  readonly #perClient = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  readonly #server: Server;
  readonly #sessions = new Set<ServerHttp2Session>();

  /** Addresses of proxies that are trusted: each stands for many clients. */
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
      () => this.#look(),
      Math.min(1000, limits.rateAfter, limits.stalled, limits.halfClosed),
    );
    this.#timer.unref();
  }

  get size(): number {
    return this.#live.size;
  }

  /**
   * A request began on `socket`. `lost` is called when the socket closes before `ended`: Node says nothing of a pipelined
   * request whose turn never came.
   */
  began(socket: Socket, lost: () => void): void {
    const known = this.#unanswered.get(socket);
    if (known) known.add(lost);
    else this.#follow(socket, new Set([lost]));
  }

  ended(socket: Socket, lost: () => void): void {
    this.#unanswered.get(socket)?.delete(lost);
  }

  /** Starts to watch how fast the body of `request` comes, over HTTP/1.1 or HTTP/2, with TLS or without. */
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

  /** Takes no new ones; Node's own close would also cut off those whose request is on its way. */
  refuse(): void {
    if (this.#server.listening) NetServer.prototype.close.call(this.#server);
    for (const session of this.#sessions) session.close();
  }

  /** Ends the idle ones, once whatever was on its way to them had time to arrive. */
  async leave(): Promise<void> {
    if (this.#live.size > 0) await new Promise((resolve) => setTimeout(resolve, onItsWay));
    this.#server.closeIdleConnections?.();
  }

  /** Ends every socket, also those that were upgraded. */
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

  /** A client that sends no more may still read, or be gone: the bytes do not say which. */
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

  #look(): void {
    const now = performance.now();
    for (const [request, body] of this.#bodies) if (this.#slowBody(request, body, now)) this.#cutOff(request);
    for (const [socket, moves] of this.#written)
      if (this.#stalledReader(socket, moves, now)) socket.destroy();
    for (const [socket, moves] of this.#halfClosed) if (this.#isGone(socket, moves, now)) socket.destroy();
    this.#queues.look(now);
  }

  #cutOff(request: IncomingMessage): void {
    this.#bodies.delete(request);
    if (request.httpVersionMajor === 2) streamOf(request).close(enhanceYourCalm);
    else refuseSocket(request.socket, notReceived(this.#id, "request"));
  }

  /** A body that we ourselves do not read at the moment is not slow. */
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

  /** What is written to a client that is gone comes back as a reset; one that gets nothing for long counts as gone. */
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

/** What the bytes of a body are pushed into. */
function sourceOf(request: IncomingMessage): Readable {
  return request.httpVersionMajor === 2 ? streamOf(request) : request;
}

function streamOf(request: IncomingMessage): ServerHttp2Stream {
  return (request as unknown as Http2ServerRequest).stream;
}
