import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

const channel = "net.client.socket";
const owner = new AsyncLocalStorage<LastSocket>();
let users = 0;

function onSocket(message: unknown): void {
  owner.getStore()?.replace((message as { readonly socket: Socket }).socket);
}

/**
 * The one socket of a NATS connection that is in use. The NATS library keeps the socket of a server that accepts a
 * connection and never answers: it would keep the process alive, and each further attempt, of which there is one a
 * second, would leave one more.
 */
export class LastSocket {
  #socket: Socket | undefined;
  #following = false;

  /** Runs `connect`. The sockets that it opens, then or when it reconnects, replace each other. */
  follow<T>(connect: () => Promise<T>): Promise<T> {
    if (!this.#following && users++ === 0) subscribe(channel, onSocket);
    this.#following = true;
    return owner.run(this, connect);
  }

  replace(socket: Socket): void {
    this.#socket?.destroy();
    this.#socket = socket;
  }

  destroy(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    if (this.#following && --users === 0) unsubscribe(channel, onSocket);
    this.#following = false;
  }
}
