import type { FastifyReply } from "fastify";
import { hasLeft } from "../http/message/write-head.js";

/** Milliseconds between two comments that keep proxies from closing a silent stream. */
const pingEvery = 10_000;
/** Bytes that may wait for a slow reader. */
const maxPending = 512 * 1024;

/** Server-sent events, or lines of JSON, on the response of a request. */
export class EventStream {
  /** Aborts when the reader has left, or was cut off because it does not keep up. */
  readonly signal: AbortSignal;
  readonly #response: FastifyReply["raw"];
  readonly #closed = new AbortController();
  readonly #ping: NodeJS.Timeout | undefined;

  constructor(reply: FastifyReply, contentType = "text/event-stream") {
    reply.hijack();
    this.#response = reply.raw;
    this.signal = this.#closed.signal;
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      "Content-Type": contentType,
      "Cache-Control": "no-store",
      "X-Accel-Buffering": "no",
    });
    reply.raw.flushHeaders();
    if (contentType === "text/event-stream")
      this.#ping = setInterval(() => this.write(":\n\n"), pingEvery).unref();
    if (hasLeft(reply.raw)) this.#left();
    else reply.raw.once("close", () => this.#left());
  }

  /** Bytes that the reader has not taken yet. */
  get pending(): number {
    return this.#response.writableLength;
  }

  /** Sends one event. `data` is one line. */
  send(event: string, data: string, id?: string): boolean {
    return this.write(`${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`);
  }

  /** Writes as it is; false when the reader is behind. One that is far behind is cut off. */
  write(text: string): boolean {
    if (this.signal.aborted || this.#response.writableEnded) return false;
    if (this.#response.writableLength > maxPending) {
      this.#response.destroy();
      return false;
    }
    return this.#response.write(text);
  }

  /** Resolves when the reader has caught up, or left. */
  drained(): Promise<void> {
    if (this.signal.aborted || !this.#response.writableNeedDrain) return Promise.resolve();
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

  #left(): void {
    clearInterval(this.#ping);
    this.#closed.abort();
  }
}
