import type { Socket } from "node:net";

/** Silent checks after which the peer counts as gone: with 3 s between them, 12 s at most. */
const maxSilentChecks = 4;

/** Milliseconds between two checks at most. */
const longest = 60_000;

/** The session that a keepalive watches. */
export interface Watched {
  readonly writer: { ping(): void };
  lose(cause: unknown): void;
  onIdleCheck(): void;
}

/**
 * Checks that a peer lives: one that was silent since the last check is pinged, one silent for four is lost. Checks
 * are counted, not milliseconds, so that a process that was itself stopped for a minute does not blame its peers.
 */
export class Keepalive {
  readonly #socket: Socket;
  readonly #session: Watched;
  readonly #timer: NodeJS.Timeout;
  #seen = 0;
  #silent = 0;

  constructor(socket: Socket, interval: number, session: Watched) {
    this.#socket = socket;
    this.#session = session;
    this.#timer = setInterval(() => this.#look(), Math.min(interval, longest)).unref();
  }

  #look(): void {
    this.#session.onIdleCheck();
    // A peer that reads what waits for it lives too: while it does not keep up, nothing is read from it.
    const seen = this.#socket.bytesRead - this.#socket.writableLength / 2 ** 32;
    if (seen !== this.#seen) {
      this.#seen = seen;
      this.#silent = 0;
      return;
    }
    this.#silent++;
    if (this.#silent >= maxSilentChecks) {
      this.#session.lose(new Error("no sign of life"));
      return;
    }
    this.#session.writer.ping();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
