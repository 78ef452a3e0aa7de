import type { Socket } from "node:net";
import { maxWaiting } from "../wire/limits.js";

/**
 * Pauses a socket of Node's HTTP server while too many of its requests are unread. Node itself resumes the socket at
 * the end of each request and each read of a body, so the pause has to come after those: in `setImmediate`.
 */
export class ReadBackpressure {
  readonly #socket: Socket;
  readonly #waiting: { readonly length: number };
  #checking = false;

  constructor(socket: Socket, waiting: { readonly length: number }) {
    this.#socket = socket;
    this.#waiting = waiting;
  }

  /** True while the socket is paused. */
  get paused(): boolean {
    return this.#socket.isPaused();
  }

  /** Call this when a request has arrived or has been read. */
  check(): void {
    if (this.#checking) return;
    if (this.#waiting.length < maxWaiting && !this.paused) return;
    this.#checking = true;
    setImmediate(() => {
      this.#checking = false;
      if (this.#waiting.length >= maxWaiting) this.#socket.pause();
      else this.#socket.resume();
    });
  }
}
