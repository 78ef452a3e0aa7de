import type { Writable } from "node:stream";
import type { WebSocket } from "ws";
import { endSoon, maxAhead } from "../../http/stream/websocket.js";
import { Cork, turnOver } from "./cork.js";
import type { EncodedMessage } from "./encoded-message.js";
import type { TopicSubscriber } from "./topics.js";

/** Bytes that may wait for one slow socket. */
export const maxQueued = 512 * 1024;

/** The messages for a socket of the original's mode; one that does not keep up is closed (1013). */
export class SocketQueue implements TopicSubscriber {
  #queue: Buffer[] = [];
  #bytes = 0;
  #socket: WebSocket | undefined;
  #cork: Cork | undefined;
  /** Resolves when the socket had a turn to write. */
  #written: Promise<void> | undefined;

  /** Sends what came since the subscription began, and all that comes. `carrier` is what the socket writes to. */
  attach(socket: WebSocket, carrier: Writable): void {
    this.#socket = socket;
    this.#cork = new Cork(carrier);
    this.#flush();
  }

  /** While messages wait, a publisher does too until the socket had its turn: a burst is no slow reader. */
  deliver(message: EncodedMessage): Promise<void> | undefined {
    if (this.#socket && this.#socket.readyState !== this.#socket.OPEN) return undefined;
    this.#queue.push(message.original);
    this.#bytes += message.original.length;
    this.#flush();
    if (this.#queue.length === 0) return undefined;
    this.#written ??= turnOver().then(() => this.#look());
    return this.#written;
  }

  #look(): void {
    this.#written = undefined;
    this.#flush();
    if (this.#bytes <= maxQueued) return;
    this.#queue = [];
    this.#bytes = 0;
    endSlow(this.#socket);
  }

  /** This mode has no word for it. */
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

/** Closes a socket that reads too slowly; it may never read why, so it is ended soon after. */
export function endSlow(socket: WebSocket | undefined): void {
  socket?.close(1013, "too slow");
  if (socket) endSoon(socket);
}
