import { nodeLost } from "../core/errors.js";
import type { Message } from "../core/message.js";
import { Queue } from "./queue.js";
import type { MessageStream } from "./transport.js";

/** Unread messages at which `send` starts to wait. */
const maxWaiting = 16;

/** One end of an in-process stream. */
export class MemoryStream implements MessageStream {
  readonly #incoming = new Queue<Message>();
  #peer: MemoryStream | undefined;
  #closed = false;
  #waiting: (() => void)[] = [];
  #onClose: (() => void) | undefined;

  static pair(): [MemoryStream, MemoryStream] {
    const left = new MemoryStream();
    const right = new MemoryStream();
    left.#peer = right;
    right.#peer = left;
    return [left, right];
  }

  /** Sets a callback for when this end is closed. */
  onClose(callback: () => void): void {
    this.#onClose = callback;
  }

  async send(message: Message): Promise<void> {
    const peer = this.#peer;
    if (this.#closed || !peer || peer.#closed)
      throw nodeLost("go.micro.client", "stream: closed by the peer");
    peer.#incoming.push(message);
    if (peer.#incoming.length >= maxWaiting)
      await new Promise<void>((resolve) => peer.#waiting.push(resolve));
  }

  async end(): Promise<void> {
    if (this.#peer) this.#peer.#incoming.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    try {
      for (;;) {
        const message = await this.#incoming.next();
        if (message === undefined) return;
        if (this.#incoming.length < maxWaiting) this.#releaseSenders();
        yield message;
      }
    } finally {
      if (this.#onClose) await this.close();
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#incoming.clear();
    this.#incoming.end();
    if (this.#peer) this.#peer.#incoming.end();
    this.#releaseSenders();
    this.#onClose?.();
  }

  /** The peer is gone: reading fails with `reason`. */
  abandon(reason: unknown): void {
    this.#incoming.end(reason);
    this.#releaseSenders();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #releaseSenders(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
