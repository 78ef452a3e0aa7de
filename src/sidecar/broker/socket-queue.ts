import type { Writable } from "node:stream";
import type { WebSocket } from "ws";
import { endSoon, maxAhead } from "../../http/stream/websocket.js";
import { Cork, turnOver } from "./cork.js";
import type { EncodedMessage } from "./encoded-message.js";
import type { TopicSubscriber } from "./topics.js";

/** Bytes that may wait for one slow client. */
export const maxQueued = 512 * 1024;

/** The messages for a WebSocket without frames, as in the original. A slow one is closed with 1013. */
export class SocketQueue implements TopicSubscriber {
  #queue: Buffer[] = [];
  #bytes = 0;
  #socket: WebSocket | undefined;
  #cork: Cork | undefined;
  /** Resolves when the socket has had a turn of the event loop to write. */
  #written: Promise<void> | undefined;

  /** Sends the messages since the subscription started. `carrier` is the underlying stream of the socket. */
  attach(socket: WebSocket, carrier: Writable): void {
    this.#socket = socket;
    this.#cork = new Cork(carrier);
    this.#flush();
  }

  /** Makes the publisher wait for a turn while messages are queued, so that a burst does not count as a slow client. */
  deliver(message: EncodedMessage): Promise<void> | undefined {
    if (this.#socket && this.#socket.readyState !== this.#socket.OPEN) return undefined;
    this.#queue.push(message.original);
    this.#bytes += message.original.length;
    this.#flush();
    if (this.#queue.length === 0) return undefined;
    this.#written ??= turnOver().then(() => this.#closeIfSlow());
    return this.#written;
  }

  #closeIfSlow(): void {
    this.#written = undefined;
    this.#flush();
    if (this.#bytes <= maxQueued) return;
    this.#queue = [];
    this.#bytes = 0;
    endSlow(this.#socket);
  }

  /** Does nothing: the original's format cannot express a gap. */
  gap(): void {}

  #flush(): void {
    const socket = this.#socket;
    while (socket && socket.readyState === socket.OPEN && socket.bufferedAmount < maxAhead) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#bytes -= next.length;
      this.#cork?.gather();
      socket.send(next, { binary: false }, () => {
        if (this.#queue.length > 0) this.#flush();
      });
    }
  }
}

/** Closes a slow socket. Terminates it soon after, because the client may never read the close frame. */
export function endSlow(socket: WebSocket | undefined): void {
  socket?.close(1013, "too slow");
  if (socket) endSoon(socket);
}
