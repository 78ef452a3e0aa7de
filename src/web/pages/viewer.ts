import type { WebSocket } from "ws";
import { pingInterval } from "../../http/stream/keepalive.js";

/** A client that follows a feed: an `EventStream`, for programs, or a `SocketViewer`, for pages. */
export interface Viewer {
  /** Aborts when the client disconnects, or is disconnected because it is too slow. It reconnects and starts over. */
  readonly signal: AbortSignal;
  /** Sends one event. `json` must not contain line breaks. */
  send(event: string, json: string): void;
  end(): void;
}

/** Unread bytes after which a client is disconnected. */
export const maxUnread = 4 * 1024 * 1024;

/**
 * A feed over a WebSocket, in frames `{"event","data"}`. Sends `{}` as a heartbeat, because pages cannot see pings: see
 * ui/feed.ts.
 */
export class SocketViewer implements Viewer {
  readonly signal: AbortSignal;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    const left = new AbortController();
    this.signal = left.signal;
    const timer = setInterval(() => this.#send("{}"), pingInterval).unref();
    const close = () => {
      clearInterval(timer);
      left.abort();
    };
    if (socket.readyState === socket.CLOSED) close();
    else socket.once("close", close);
  }

  send(event: string, json: string): void {
    this.#send(`{"event":${JSON.stringify(event)},"data":${json}}`);
  }

  end(): void {
    this.#socket.close(1001, "going away");
  }

  #send(text: string): void {
    if (this.#socket.bufferedAmount > maxUnread) this.#socket.terminate();
    else if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(text);
  }
}
