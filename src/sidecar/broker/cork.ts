import type { Writable } from "node:stream";

/** Resolves after sockets have had a turn of the event loop to write, and to call back. */
export function turnOver(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Combines everything written to a socket in one turn of the event loop into one system call. A call per frame took
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

  /** Corks the socket until the end of the current turn. */
  gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    this.#socket.cork();
    process.nextTick(this.#end);
  }
}
