import { isUtf8 } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyReply } from "fastify";
import { unreadable } from "../../core/errors.js";
import { asBuffer } from "../../core/text/as-buffer.js";
import { hasLeft } from "../message/write-head.js";
import { pingInterval } from "./keepalive.js";

const eventType = "text/event-stream";
/** Default of `maxUnread`. */
const defaultUnread = 512 * 1024;

export interface EventStreamOptions {
  /** Default `text/event-stream`. Other content types get no keep-alive comments. */
  readonly contentType?: string;
  /** Unread bytes after which a slow client is disconnected. Default 512 KiB. */
  readonly maxUnread?: number;
}

/** Writes server-sent events, or lines of JSON, to a response. Source: the HTML standard. */
export class EventStream {
  /** Aborts when the client has disconnected, or was disconnected because it does not keep up. */
  readonly signal: AbortSignal;
  readonly #response: ServerResponse;
  readonly #maxUnread: number;
  readonly #closed = new AbortController();
  readonly #ping: NodeJS.Timeout | undefined;
  /** The response needs to drain. Kept here, because an HTTP/2 response has no `writableNeedDrain`. */
  #full = false;

  constructor(
    response: ServerResponse,
    { contentType = eventType, maxUnread = defaultUnread }: EventStreamOptions = {},
  ) {
    this.#response = response;
    this.#maxUnread = maxUnread;
    this.signal = this.#closed.signal;
    response.writeHead(200, {
      "Content-Type": contentType,
      "Cache-Control": "no-store",
      "X-Accel-Buffering": "no",
    });
    response.flushHeaders();
    response.on("drain", () => {
      this.#full = false;
    });
    if (contentType === eventType) this.#ping = setInterval(() => this.#keepAlive(), pingInterval).unref();
    if (hasLeft(response)) this.#left();
    else response.once("close", () => this.#left());
  }

  /** Takes the response over from fastify, with the headers set on it. */
  static replyTo(reply: FastifyReply, options?: EventStreamOptions): EventStream {
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) reply.raw.setHeader(name, value);
    return new EventStream(reply.raw, options);
  }

  /** Bytes not sent yet. */
  get pending(): number {
    return this.#response.writableLength;
  }

  /** Sends one event. `data` must be one line. Returns false when the client is behind. */
  send(event: string, data: string, id?: string): boolean {
    return this.write(`${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`);
  }

  /** Writes text unchanged. Returns false when the client is behind. A client that is far behind is disconnected. */
  write(text: string): boolean {
    if (this.signal.aborted || this.#response.writableEnded) return false;
    if (this.#response.writableLength > this.#maxUnread) {
      this.#response.destroy();
      return false;
    }
    this.#full = !this.#response.write(text);
    return !this.#full;
  }

  /** Resolves when the client has caught up or disconnected. */
  drained(): Promise<void> {
    if (this.signal.aborted || !this.#full) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#response.off("drain", done);
        this.signal.removeEventListener("abort", done);
        resolve();
      };
      this.#response.once("drain", done);
      this.signal.addEventListener("abort", done);
    });
  }

  end(): void {
    clearInterval(this.#ping);
    this.#response.end();
  }

  /** Skips clients that are behind: they still receive data, and must not be disconnected after one large event. */
  #keepAlive(): void {
    if (!this.#full) this.write(":\n\n");
  }

  #left(): void {
    clearInterval(this.#ping);
    this.#closed.abort();
  }
}

/** True for a client that accepts server-sent events. */
export function wantsEvents({ headers }: IncomingMessage): boolean {
  return /(^|,)\s*text\/event-stream\s*(;|,|$)/i.test(headers.accept ?? "");
}

/**
 * The text of a JSON message on one line. In JSON, line breaks occur only between tokens.
 * @throws {MicroError} 502 for bytes that are not UTF-8, which text cannot carry.
 */
export function oneLine(json: Uint8Array): string {
  const text = asBuffer(json).toString();
  if (text.includes("\uFFFD") && !isUtf8(json))
    throw unreadable("go.micro.http", "read message of the stream: not UTF-8");
  return text.trim().replace(/[\r\n]+/g, " ");
}
