import type { Socket } from "node:net";
import { maxWaiting } from "../wire/limits.js";

/**
 * Rests a socket of Node's HTTP server while too many of its requests wait for their reader. Node wakes the socket
 * at the end of each request and at each read of a body, so that a pause holds only when it comes after those.
 */
export class Inflow {
  readonly #socket: Socket;
  readonly #waiting: { readonly length: number };
  #checking = false;

  constructor(socket: Socket, waiting: { readonly length: number }) {
    this.#socket = socket;
    this.#waiting = waiting;
  }

  /** True while the socket rests. */
  get rests(): boolean {
    return this.#socket.isPaused();
  }

  /** To be called when a request came or was read. */
  check(): void {
    if (this.#checking) return;
    if (this.#waiting.length < maxWaiting && !this.rests) return;
    this.#checking = true;
    setImmediate(() => {
      this.#checking = false;
      if (this.#waiting.length >= maxWaiting) this.#socket.pause();
      else this.#socket.resume();
    });
  }
}
