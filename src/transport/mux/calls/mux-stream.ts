import { type MicroError, unavailable } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import type { MessageStream } from "../../transport.js";
import { ReceiveQueue } from "../flow/receive-queue.js";
import { ReceiveWindow, streamWindow } from "../flow/receive-window.js";
import { type ConnectionCredit, SendWindow } from "../flow/send-window.js";

/** The connection of a stream. */
interface Connection extends ConnectionCredit {
  readonly inflow: ReceiveWindow;
}

/** One stream of a connection, at either end of it. */
export class MuxStream implements MessageStream {
  readonly id: number;
  readonly #session: Connection;
  readonly #inflow: ReceiveWindow;
  readonly #queue: ReceiveQueue;
  readonly #outflow: SendWindow;
  #ended = false;
  #peerEnded = false;
  /** Told once when it is over, with the reason if it did not end in order. */
  readonly #onOver: (reason: unknown) => void;
  #over = false;
  /** This end called the other. */
  readonly #called: boolean;

  constructor(session: Connection, id: number, called: boolean, onOver: (reason: unknown) => void) {
    this.id = id;
    this.#called = called;
    this.#session = session;
    this.#inflow = new ReceiveWindow(streamWindow, (bytes) => {
      if (!this.#over) session.writer.window(id, bytes);
    });
    this.#queue = new ReceiveQueue((cost) => {
      this.#inflow.read(cost);
      session.inflow.read(cost);
    });
    this.#outflow = new SendWindow(session, id);
    this.#onOver = onOver;
  }

  send(message: Message): Promise<void> {
    return this.#outflow.send(message);
  }

  async end(): Promise<void> {
    if (this.#ended || this.#over) return;
    this.#ended = true;
    this.#session.writer.end(this.id);
    this.#outflow.close();
    if (this.#peerEnded) this.#finish();
  }

  /** Ends both directions; what has not been read is dropped. */
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

  /** Ends it for a reason that both sides see. */
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

  /** The peer sent a message. @throws {MicroError} 400 when it had no credit left for it. */
  received(message: Message, cost: number): void {
    this.#inflow.receive(cost);
    this.#queue.push(message, cost);
  }

  /** The peer lets this side send more. */
  credit(bytes: number): void {
    this.#outflow.credit(bytes);
  }

  /** The connection has credit again. */
  resume(): void {
    this.#outflow.resume();
  }

  /** The peer will send no more. */
  peerEnded(): void {
    if (this.#over) return;
    this.#peerEnded = true;
    this.#queue.end();
    if (this.#ended) this.#finish();
  }

  /**
   * The peer takes no more and sends no more. For a handler the caller has left: its signal says so, and its loop ends.
   * For a caller the handler is through, or the stream is broken if the handler had not said that it ended.
   */
  cancelled(): void {
    if (this.#over) return;
    const reason = unavailable("go.micro.transport", "stream: closed by the peer", {
      reason: "STREAM_BROKEN",
    });
    if (this.#called && !this.#peerEnded) this.fail(reason);
    else this.#finish(reason);
  }

  fail(error: unknown): void {
    if (this.#over) return;
    this.#queue.end(error);
    this.#outflow.close(error);
    this.#finish(error);
  }

  #finish(reason?: unknown): void {
    this.#over = true;
    this.#outflow.close();
    this.#queue.end();
    this.#onOver(reason);
  }

  /** Whoever read has left the loop. A caller closes its stream by that; a handler may still have answers to send. */
  async #onLeft(): Promise<void> {
    if (this.#called) return this.close();
    this.#queue.leave();
  }
}
