import { type MicroError, unavailable } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import type { MessageStream } from "../../transport.js";
import { ReceiveQueue } from "../flow/receive-queue.js";
import { ReceiveWindow, streamWindow } from "../flow/receive-window.js";
import { type ConnectionCredit, SendWindow } from "../flow/send-window.js";

/** The part of a connection that its streams use. */
interface Connection extends ConnectionCredit {
  readonly receiveWindow: ReceiveWindow;
}

/** One stream of a connection, at either end. */
export class MuxStream implements MessageStream {
  readonly id: number;
  readonly #session: Connection;
  readonly #receiveWindow: ReceiveWindow;
  readonly #queue: ReceiveQueue;
  readonly #sendWindow: SendWindow;
  #ended = false;
  #peerEnded = false;
  /** Called once when the stream is over, with the reason if it did not end normally. */
  readonly #onOver: (reason: unknown) => void;
  #over = false;
  /** True at the caller's end. */
  readonly #isCaller: boolean;

  constructor(session: Connection, id: number, isCaller: boolean, onOver: (reason: unknown) => void) {
    this.id = id;
    this.#isCaller = isCaller;
    this.#session = session;
    this.#receiveWindow = new ReceiveWindow(streamWindow, (bytes) => {
      if (!this.#over) session.writer.window(id, bytes);
    });
    this.#queue = new ReceiveQueue((cost) => {
      this.#receiveWindow.read(cost);
      session.receiveWindow.read(cost);
    });
    this.#sendWindow = new SendWindow(session, id);
    this.#onOver = onOver;
  }

  send(message: Message): Promise<void> {
    return this.#sendWindow.send(message);
  }

  async end(): Promise<void> {
    if (this.#ended || this.#over) return;
    this.#ended = true;
    this.#session.writer.end(this.id);
    this.#sendWindow.close();
    if (this.#peerEnded) this.#finish();
  }

  /** Ends both directions. Unread messages are dropped. */
  async close(): Promise<void> {
    if (!this.#over) {
      this.#session.writer.cancel(this.id);
      this.#finish();
    }
    this.#queue.leave();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Ends the stream with an error at both ends. */
  break(error: MicroError): void {
    if (this.#over) return;
    this.#session.writer.error(this.id, error);
    this.fail(error);
  }

  take(): Message | undefined {
    return this.#queue.take();
  }

  [Symbol.asyncIterator](): AsyncIterator<Message> {
    return {
      next: () => this.#queue.next(),
      return: async () => {
        await this.#onLeft();
        return { done: true, value: undefined };
      },
    };
  }

  /** Takes a message from the peer. @throws {MicroError} 400 when the peer had no credit left. */
  received(message: Message, cost: number): void {
    this.#receiveWindow.receive(cost);
    this.#queue.push(message, cost);
  }

  /** Adds send credit. */
  credit(bytes: number): void {
    this.#sendWindow.credit(bytes);
  }

  /** Continues sending after the connection has got credit. */
  resume(): void {
    this.#sendWindow.resume();
  }

  /** The peer has ended its direction. */
  peerEnded(): void {
    if (this.#over) return;
    this.#peerEnded = true;
    this.#queue.end();
    if (this.#ended) this.#finish();
  }

  /**
   * The peer has closed the stream. At the handler's end, the caller has left: the handler's signal aborts and its loop
   * ends. At the caller's end, the stream is complete if the handler had ended its direction, else it is broken.
   */
  cancelled(): void {
    if (this.#over) return;
    const reason = unavailable("go.micro.transport", "stream: closed by the peer", {
      reason: "STREAM_BROKEN",
    });
    if (this.#isCaller && !this.#peerEnded) this.fail(reason);
    else this.#finish(reason);
  }

  fail(error: unknown): void {
    if (this.#over) return;
    this.#queue.end(error);
    this.#sendWindow.close(error);
    this.#finish(error);
  }

  #finish(reason?: unknown): void {
    this.#over = true;
    this.#sendWindow.close();
    this.#queue.end();
    this.#onOver(reason);
  }

  /** The reader has left its loop. That closes a caller's stream. A handler may still have responses to send. */
  async #onLeft(): Promise<void> {
    if (this.#isCaller) return this.close();
    this.#queue.leave();
  }
}
