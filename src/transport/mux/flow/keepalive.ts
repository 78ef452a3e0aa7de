import type { Socket } from "node:net";

/** Silent checks after which the peer counts as lost: with 3 s between checks, after 12 s at most. */
const maxSilentChecks = 4;

/** Upper limit of the interval, in milliseconds. */
const longest = 60_000;

/** The session that is kept alive. */
export interface Watched {
  readonly writer: { ping(): void };
  lose(cause: unknown): void;
  onIdleCheck(): void;
}

/**
 * Detects lost peers. A peer that was silent since the last check is pinged; one silent for four checks is lost. Counts
 * checks instead of time, so that a process that was suspended for a minute does not blame its peers.
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
    this.#timer = setInterval(() => this.#check(), Math.min(interval, longest)).unref();
  }

  #check(): void {
    this.#session.onIdleCheck();
    // Progress is bytes read, or bytes written: while a peer reads slowly, nothing is read from it (see `Serving`).
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
