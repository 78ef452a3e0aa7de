import type { Socket } from "node:net";

/** Silent looks after which the peer counts as gone: with 3 s between them, 12 s at most. */
const patience = 4;

/** Milliseconds between two looks at most. */
const longest = 60_000;

/** What a pulse may do to the session it watches. */
export interface Patient {
  readonly writer: { ping(): void };
  lose(cause: unknown): void;
  looked(): void;
}

/**
 * Looks whether a peer lives: one that was silent since the last look is asked, one silent for four is lost. Looks
 * are counted, not milliseconds, so that a process that was itself stopped for a minute does not blame its peers.
 */
export class Keepalive {
  readonly #socket: Socket;
  readonly #patient: Patient;
  readonly #timer: NodeJS.Timeout;
  #seen = 0;
  #silent = 0;

  constructor(socket: Socket, interval: number, patient: Patient) {
    this.#socket = socket;
    this.#patient = patient;
    this.#timer = setInterval(() => this.#look(), Math.min(interval, longest)).unref();
  }

  #look(): void {
    this.#patient.looked();
    // A peer that reads what waits for it lives too: while it does not keep up, nothing is read from it.
    const seen = this.#socket.bytesRead - this.#socket.writableLength / 2 ** 32;
    if (seen !== this.#seen) {
      this.#seen = seen;
      this.#silent = 0;
      return;
    }
    this.#silent++;
    if (this.#silent >= patience) {
      this.#patient.lose(new Error("no sign of life"));
      return;
    }
    this.#patient.writer.ping();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
