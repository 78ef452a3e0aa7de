import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyReply } from "fastify";
import { hasLeft } from "../message/write-head.js";
import { pingInterval } from "./keepalive.js";

const eventType = "text/event-stream";
/** Default of `maxUnread`. */
const defaultUnread = 512 * 1024;

export interface EventStreamOptions {
  /** Default `text/event-stream`. Any other gets no keep-alive comments. */
  readonly contentType?: string;
  /** Bytes that a slow reader may leave unread before it is cut off. Default 512 KiB. */
  readonly maxUnread?: number;
}

/** Writes server-sent events, or lines of JSON, to a response. Source: the event stream format of the HTML standard. */
export class EventStream {
  /** Aborts when the reader has left, or was cut off because it does not keep up. */
  readonly signal: AbortSignal;
  readonly #response: ServerResponse;
  readonly #maxUnread: number;
  readonly #closed = new AbortController();
  readonly #ping: NodeJS.Timeout | undefined;
  /** The last write asked for a pause. Kept here: a response of HTTP/2 has no `writableNeedDrain`. */
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

  /** Takes the response from the router, with the headers that are set on it. */
  static replyTo(reply: FastifyReply, options?: EventStreamOptions): EventStream {
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) reply.raw.setHeader(name, value);
    return new EventStream(reply.raw, options);
  }

  /** Bytes that the reader has not taken yet. */
  get pending(): number {
    return this.#response.writableLength;
  }

  /** Sends one event. `data` is one line. */
  send(event: string, data: string, id?: string): boolean {
    return this.write(`${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`);
  }

  /** Writes text as it is; false when the reader is behind. One that is far behind is cut off. */
  write(text: string): boolean {
    if (this.signal.aborted || this.#response.writableEnded) return false;
    if (this.#response.writableLength > this.#maxUnread) {
      this.#response.destroy();
      return false;
    }
    this.#full = !this.#response.write(text);
    return !this.#full;
  }

  /** Resolves when the reader has caught up, or left. */
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

  /** A reader that is behind gets something all the time, and one large event is no reason to cut it off. */
  #keepAlive(): void {
    if (!this.#full) this.write(":\n\n");
  }

  #left(): void {
    clearInterval(this.#ping);
    this.#closed.abort();
  }
}

/** True for a client that reads server-sent events. */
export function wantsEvents({ headers }: IncomingMessage): boolean {
  return /(^|,)\s*text\/event-stream\s*(;|,|$)/i.test(headers.accept ?? "");
}

/** The text of a JSON message, on one line: JSON has no line breaks but between its parts. */
export function oneLine(json: Uint8Array): string {
  const text = Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString();
  return text.trim().replace(/[\r\n]+/g, " ");
}
