import type { Writable } from "node:stream";

/** Resolves once sockets had a turn to write what they were given, and to say that it left. */
export function turnOver(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Gathers what is written to a socket within one turn of the event loop into one system call: one for each frame took
 * 60 % of the time of a message.
 */
export class Cork {
  readonly #socket: Writable;
  #gathering = false;
  readonly #end = () => {
    this.#gathering = false;
    this.#socket.uncork();
  };

  constructor(socket: Writable) {
    this.#socket = socket;
  }

  /** Holds back what is written from here to the end of the turn. */
  gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    this.#socket.cork();
    process.nextTick(this.#end);
  }
}
