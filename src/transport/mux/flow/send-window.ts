import { nodeLost } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import { sent } from "../../transport.js";
import type { FrameWriter } from "../frames/frame-writer.js";
import { frameType } from "../frames/frames.js";
import { streamWindow } from "./receive-window.js";

/** What a connection has for all of its streams. */
export interface ConnectionCredit {
  readonly writer: FrameWriter;
  /** Bytes that the peer takes of all streams before it must read. */
  credit: number;
}

interface Waiting {
  readonly message: Message;
  resolve(): void;
  reject(reason: unknown): void;
}

/** What a stream sends: at once while stream and connection have credit, in order and later once they have it again. */
export class SendWindow {
  readonly #session: ConnectionCredit;
  readonly #id: number;
  /** Bytes that the peer takes before it must read. */
  #credit = streamWindow;
  /** Messages that found no credit. */
  readonly #waiting: Waiting[] = [];
  /** Senders whose message took the last credit. */
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

  /** Nobody need wait. */
  get #free(): boolean {
    return this.#closed || (this.#credit > 0 && this.#session.credit > 0);
  }

  /** The peer takes so much more. */
  credit(bytes: number): void {
    this.#credit = Math.min(this.#credit + bytes, streamWindow);
    this.resume();
  }

  /** Lets those go on who wait for credit; of the connection too. */
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

  /** Sends nothing more: who still waits to send is refused, with the reason if there is one. */
  close(reason?: unknown): void {
    this.#closed = true;
    this.#reason ??= reason;
    this.resume();
  }
}

function overError() {
  return nodeLost("go.micro.transport", "send: the stream is closed", { reason: "STREAM_BROKEN" });
}
