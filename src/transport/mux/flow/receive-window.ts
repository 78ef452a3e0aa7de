import { violation } from "../frames/frames.js";

/** Bytes that may be sent on a stream before the peer has read any. */
export const streamWindow = 256 * 1024;
/** The same for all streams of a connection together. */
export const connectionWindow = 4 * 1024 * 1024;

/**
 * The peer's credit. A message may be sent while any credit is left, even if it takes the credit below zero. So a
 * message larger than the window can pass, and this side buffers at most one message more than the window.
 */
export class ReceiveWindow {
  readonly #window: number;
  readonly #grant: (bytes: number) => void;
  #left: number;
  #read = 0;

  constructor(window: number, grant: (bytes: number) => void) {
    this.#window = window;
    this.#left = window;
    this.#grant = grant;
  }

  /** Spends credit for a received message. @throws {MicroError} 400 when the peer had none. */
  receive(bytes: number): void {
    if (this.#left <= 0) throw violation("data beyond the window");
    this.#left -= bytes;
  }

  /** Returns credit for a message that was read, in batches of half a window. */
  read(bytes: number): void {
    this.#read += bytes;
    if (this.#read < this.#window / 2) return;
    this.#left += this.#read;
    this.#grant(this.#read);
    this.#read = 0;
  }
}
