import { nodeLost } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import { sent } from "../../transport.js";
import type { FrameWriter } from "../frames/frame-writer.js";
import { frameType } from "../frames/frames.js";
import { streamWindow } from "./receive-window.js";

/** The connection of the stream, with its shared credit. */
export interface ConnectionCredit {
  readonly writer: FrameWriter;
  /** Bytes that may still be sent, on all streams together. */
  credit: number;
}

interface Waiting {
  readonly message: Message;
  resolve(): void;
  reject(reason: unknown): void;
}

/** Sends the messages of a stream: at once while stream and connection have credit, else queued in order. */
export class SendWindow {
  readonly #session: ConnectionCredit;
  readonly #id: number;
  /** Bytes that may still be sent on this stream. */
  #credit = streamWindow;
  /** Messages queued for lack of credit. */
  readonly #waiting: Waiting[] = [];
  /** Senders whose messages were written, but used up the credit. They resolve when there is credit again. */
  #senders: (() => void)[] = [];
  #closed = false;
  #reason: unknown;

  constructor(session: ConnectionCredit, id: number) {
    this.#session = session;
    this.#id = id;
  }

  /** Resolves when the peer can take more. */
  send(message: Message): Promise<void> {
    if (this.#waiting.length > 0 || !this.#free)
      return new Promise((resolve, reject) => this.#waiting.push({ message, resolve, reject }));
    try {
      this.#write(message);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#free ? sent : new Promise((resolve) => this.#senders.push(resolve));
  }

  #write(message: Message): void {
    if (this.#closed) throw this.#reason ?? overError();
    const size = this.#session.writer.message(frameType.data, this.#id, 0, message);
    this.#credit -= size;
    this.#session.credit -= size;
  }

  /** True if a message can be sent at once. */
  get #free(): boolean {
    return this.#closed || (this.#credit > 0 && this.#session.credit > 0);
  }

  /** Adds send credit. */
  credit(bytes: number): void {
    this.#credit = Math.min(this.#credit + bytes, streamWindow);
    this.resume();
  }

  /** Writes queued messages and resolves senders, as far as credit allows. */
  resume(): void {
    while (this.#free) {
      const next = this.#waiting.shift();
      if (!next) break;
      try {
        this.#write(next.message);
        this.#senders.push(next.resolve);
      } catch (error) {
        next.reject(error);
      }
    }
    if (!this.#free) return;
    const senders = this.#senders;
    this.#senders = [];
    for (const resolve of senders) resolve();
  }

  /** Stops sending. Queued messages are rejected, with the reason if there is one. */
  close(reason?: unknown): void {
    this.#closed = true;
    this.#reason ??= reason;
    this.resume();
  }
}

function overError() {
  return nodeLost("go.micro.transport", "send: the stream is closed", { reason: "STREAM_BROKEN" });
}
