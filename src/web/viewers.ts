import type { ServerResponse } from "node:http";
import type { FastifyReply } from "fastify";
import { unavailable } from "../core/errors.js";

/** Bounds: pages that look at once, and bytes that one may leave unread. */
const maxViewers = 100;
const maxUnread = 4 * 1024 * 1024;
/** Milliseconds. */
const heartbeat = 15_000;

/** The pages that follow a feed of server-sent events. */
export class Viewers {
  readonly #responses = new Set<ServerResponse>();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#write(": still here\n\n"), heartbeat);
    this.#timer.unref();
  }

  get size(): number {
    return this.#responses.size;
  }

  /** Turns a reply into a feed, until the page leaves. @throws {MicroError} 503 when too many look. */
  add(reply: FastifyReply, left?: () => void): ServerResponse {
    if (this.#responses.size >= maxViewers)
      throw unavailable("go.micro.web", `too many pages look: over ${maxViewers}`, { executed: "no" });
    reply.hijack();
    const response = reply.raw;
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) response.setHeader(name, value);
    response.setHeader("Content-Type", "text/event-stream");
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("X-Accel-Buffering", "no");
    response.writeHead(200);
    response.write(": welcome\n\n");
    this.#responses.add(response);
    response.once("close", () => {
      this.#responses.delete(response);
      left?.();
    });
    return response;
  }

  /** Tells all of them. */
  send(event: string, data: unknown): void {
    if (this.#responses.size > 0) this.#write(frame(event, data));
  }

  close(): void {
    clearInterval(this.#timer);
    for (const response of this.#responses) response.end();
  }

  /** A page that reads too slowly is let go: it comes back and gets everything anew. */
  #write(text: string): void {
    for (const response of this.#responses) {
      if (response.writableLength > maxUnread) response.destroy();
      else response.write(text);
    }
  }
}

/** One event on the wire. Source: the HTML standard's event stream format; JSON text has no line break. */
export function frame(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
