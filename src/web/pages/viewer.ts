import type { ServerResponse } from "node:http";
import type { FastifyReply } from "fastify";
import type { WebSocket } from "ws";
import { hasLeft } from "../../http/message/write-head.js";

/** One page that follows a feed. */
export interface Viewer {
  /** Bytes sent and not read by the page yet. */
  readonly unread: number;
  /** Sends one event; `json` has no line break. */
  write(event: string, json: string): void;
  /** Shows that the server is alive. */
  beat(): void;
  end(): void;
  /** Drops the page at once. */
  drop(): void;
  /** Tells when the page has left, at once where it has already. */
  onLeft(left: () => void): void;
}

/** A feed of server-sent events, for programs. Source: the event stream format of the HTML standard. */
export class EventViewer implements Viewer {
  readonly #response: ServerResponse;

  constructor(reply: FastifyReply) {
    reply.hijack();
    const response = reply.raw;
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) response.setHeader(name, value);
    response.setHeader("Content-Type", "text/event-stream");
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("X-Accel-Buffering", "no");
    response.writeHead(200);
    response.write(": welcome\n\n");
    this.#response = response;
  }

  get unread(): number {
    return this.#response.writableLength;
  }

  write(event: string, json: string): void {
    this.#response.write(`event: ${event}\ndata: ${json}\n\n`);
  }

  beat(): void {
    this.#response.write(": still here\n\n");
  }

  end(): void {
    this.#response.end();
  }

  drop(): void {
    this.#response.destroy();
  }

  onLeft(left: () => void): void {
    if (hasLeft(this.#response)) left();
    else this.#response.once("close", left);
  }
}

/** A feed over a WebSocket: frames are `{"event","data"}`, and `{}` shows that the server is alive. */
export class SocketViewer implements Viewer {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  get unread(): number {
    return this.#socket.bufferedAmount;
  }

  write(event: string, json: string): void {
    this.#send(`{"event":${JSON.stringify(event)},"data":${json}}`);
  }

  beat(): void {
    this.#send("{}");
  }

  end(): void {
    this.#socket.close(1001, "going away");
  }

  drop(): void {
    this.#socket.terminate();
  }

  onLeft(left: () => void): void {
    if (this.#socket.readyState === this.#socket.CLOSED) left();
    else this.#socket.once("close", left);
  }

  #send(text: string): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(text);
  }
}
