import type { IncomingMessage, Server } from "node:http";
import type { ServerHttp2Session } from "node:http2";
import { Server as NetServer, type Socket } from "node:net";
import { MicroError } from "../core/errors.js";
import { notReceived, refuseSocket } from "./errors.js";
import type { Limits } from "./limits.js";

/** Milliseconds for a request to arrive on a connection that looks idle. */
const onItsWay = 100;

interface Live {
  readonly client: string;
  request: IncomingMessage | undefined;
  /** What to do for requests that are not answered yet when the socket closes. */
  readonly unanswered: Set<() => void>;
  /** Bytes read and written at the last look that saw enough of them, and when that was. */
  read: number;
  readAt: number;
  written: number;
  writtenAt: number;
}

/** The sockets of one listener: how many, of whom, and whether they move. */
export class Connections {
  readonly #limits: Limits;
  readonly #id: string;
  readonly #secure: boolean;
  readonly #live = new Map<Socket, Live>();
  readonly #perClient = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  readonly #server: Server;
  readonly #sessions = new Set<ServerHttp2Session>();

  constructor(server: Server, limits: Limits, id: string, secure: boolean) {
    this.#server = server;
    this.#limits = limits;
    this.#id = id;
    this.#secure = secure;
    server.on("connection", (socket: Socket) => this.#opened(socket));
    server.on("session", (session: ServerHttp2Session) => {
      this.#sessions.add(session);
      session.once("close", () => this.#sessions.delete(session));
    });
    this.#timer = setInterval(() => this.#look(), Math.min(1000, limits.rateAfter, limits.stalled));
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
    this.#live.get(socket)?.unanswered.add(lost);
  }

  ended(socket: Socket, lost: () => void): void {
    this.#live.get(socket)?.unanswered.delete(lost);
  }

  /** Starts to watch how fast the body of `request` comes. */
  watch(request: IncomingMessage): void {
    const live = this.#live.get(request.socket);
    if (!live) return;
    live.request = request;
    live.readAt = performance.now();
    live.read = request.socket.bytesRead;
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
    for (const socket of this.#live.keys()) socket.destroy();
  }

  #opened(socket: Socket): void {
    const client = socket.remoteAddress ?? "local";
    const count = this.#perClient.get(client) ?? 0;
    const { connections, connectionsPerClient } = this.#limits;
    if (this.#live.size >= connections || count >= connectionsPerClient) {
      this.#refuse(socket);
      return;
    }
    const now = performance.now();
    this.#perClient.set(client, count + 1);
    this.#live.set(socket, {
      client,
      request: undefined,
      unanswered: new Set(),
      read: 0,
      readAt: now,
      written: 0,
      writtenAt: now,
    });
    socket.once("close", () => this.#closed(socket, client));
  }

  #closed(socket: Socket, client: string): void {
    for (const lost of this.#live.get(socket)?.unanswered ?? []) lost();
    this.#live.delete(socket);
    const left = (this.#perClient.get(client) ?? 1) - 1;
    if (left > 0) this.#perClient.set(client, left);
    else this.#perClient.delete(client);
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
    for (const [socket, live] of this.#live) {
      if (this.#slowBody(socket, live, now)) refuseSocket(socket, notReceived(this.#id, "request"));
      else if (this.#stalledReader(socket, live, now)) socket.destroy();
    }
  }

  /** A body that we ourselves do not read at the moment is not slow. */
  #slowBody(socket: Socket, live: Live, now: number): boolean {
    const { request } = live;
    if (!request || request.complete || request.destroyed) {
      live.request = undefined;
      return false;
    }
    const { rateAfter, bodyRate } = this.#limits;
    if (now - live.readAt < rateAfter) return false;
    const slow = socket.bytesRead - live.read < (bodyRate * (now - live.readAt)) / 1000;
    live.read = socket.bytesRead;
    live.readAt = now;
    return slow && request.readableLength === 0;
  }

  #stalledReader(socket: Socket, live: Live, now: number): boolean {
    const moved = socket.bytesWritten - socket.writableLength;
    if (socket.writableLength === 0 || moved !== live.written) {
      live.written = moved;
      live.writtenAt = now;
      return false;
    }
    return now - live.writtenAt > this.#limits.stalled;
  }
}
