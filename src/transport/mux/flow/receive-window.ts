import { violation } from "../frames/frames.js";

/** Bytes of messages that may be sent on a stream before the other side has read any. */
export const streamWindow = 256 * 1024;
/** The same for all streams of a connection together. */
export const connectionWindow = 4 * 1024 * 1024;

/**
 * What the peer may still send. A message may begin while any credit is left, and takes it below zero if need be: so
 * a message larger than the window passes, and this side holds one message more than the window at most.
 */
export class ReceiveWindow {
  readonly #window: number;
  readonly #give: (bytes: number) => void;
  #left: number;
  #read = 0;

  constructor(window: number, give: (bytes: number) => void) {
    this.#window = window;
    this.#left = window;
    this.#give = give;
  }

  /** @throws {MicroError} 400 when the peer had no credit. */
  receive(bytes: number): void {
    if (this.#left <= 0) throw violation("data beyond the window");
    this.#left -= bytes;
  }

  /** Gives credit back, in pieces of half a window. */
  read(bytes: number): void {
    this.#read += bytes;
    if (this.#read < this.#window / 2) return;
    this.#left += this.#read;
    this.#give(this.#read);
    this.#read = 0;
  }
}
