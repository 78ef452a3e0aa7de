import { type MicroError, nodeLost, unavailable } from "../../core/errors.js";
import type { Message } from "../../core/message.js";
import type { MessageStream } from "../transport.js";
import { Inflow, streamWindow } from "./flow.js";
import { frameType } from "./frames.js";
import type { Session } from "./session.js";

interface Waiter {
  resolve(result: IteratorResult<Message>): void;
  reject(reason: unknown): void;
}

interface Entry {
  readonly message: Message;
  /** Credit that it gives back once it is read. */
  readonly cost: number;
}

const done: IteratorResult<Message> = { done: true, value: undefined };

/** One stream of a connection, at either end of it. */
export class MuxStream implements MessageStream {
  readonly id: number;
  readonly #session: Session;
  readonly #inflow: Inflow;
  /** Messages that came and were not read. */
  #queue: Entry[] = [];
  #next = 0;
  #waiter: Waiter | undefined;
  /** Bytes that the peer takes before it must read. */
  #credit = streamWindow;
  #senders: (() => void)[] = [];
  #ended = false;
  #peerEnded = false;
  #failure: unknown;
  /** Told once when it is over, with the reason if it did not end in order. */
  readonly #onOver: (reason: unknown) => void;
  #over = false;
  /** This end called the other. */
  readonly #called: boolean;
  /** Nobody reads any more. */
  #deaf = false;

  constructor(session: Session, id: number, called: boolean, onOver: (reason: unknown) => void) {
    this.id = id;
    this.#called = called;
    this.#session = session;
    this.#inflow = new Inflow(streamWindow, (bytes) => {
      if (!this.#over) session.writer.window(id, bytes);
    });
    this.#onOver = onOver;
  }

  async send(message: Message): Promise<void> {
    if (!this.#writable) await this.#room();
    if (this.#ended || this.#over) throw this.#failure ?? overError();
    const size = this.#session.writer.message(frameType.data, this.id, 0, message);
    this.#credit -= size;
    this.#session.credit -= size;
    if (!this.#writable) await this.#room();
  }

  get #writable(): boolean {
    return this.#over || (this.#credit > 0 && this.#session.credit > 0);
  }

  async #room(): Promise<void> {
    while (!this.#writable) await new Promise<void>((resolve) => this.#senders.push(resolve));
  }

  /** Lets those go on who wait for credit; of the connection too. */
  resume(): void {
    const senders = this.#senders;
    this.#senders = [];
    for (const resolve of senders) resolve();
  }

  async end(): Promise<void> {
    if (this.#ended || this.#over) return;
    this.#ended = true;
    this.#session.writer.end(this.id);
    if (this.#peerEnded) this.#finish();
  }

  /** Ends both directions; what has not been read is dropped. */
  async close(): Promise<void> {
    if (!this.#over) {
      this.#session.writer.cancel(this.id);
      this.#finish();
    }
    this.#drop();
    this.#wake();
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

  [Symbol.asyncIterator](): AsyncIterator<Message> {
    return {
      next: () => this.#read(),
      return: async () => {
        await this.#onLeft();
        return done;
      },
    };
  }

  #read(): Promise<IteratorResult<Message>> {
    const entry = this.#queue[this.#next];
    if (entry) return Promise.resolve({ done: false, value: this.#take(entry) });
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#peerEnded || this.#over) return Promise.resolve(done);
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  #take(entry: Entry): Message {
    this.#next++;
    if (this.#next === this.#queue.length) {
      this.#queue = [];
      this.#next = 0;
    }
    this.#gone(entry.cost);
    return entry.message;
  }

  /** Gives back the credit of a message that was read or dropped. */
  #gone(cost: number): void {
    this.#inflow.read(cost);
    this.#session.inflow.read(cost);
  }

  /** The peer sent a message. @throws {MicroError} 400 when it had no credit left for it. */
  received(message: Message, cost: number): void {
    this.#inflow.receive(cost);
    if (this.#peerEnded || this.#over || this.#deaf) {
      this.#gone(cost);
      return;
    }
    if (this.#waiter && this.#next === this.#queue.length) {
      const waiter = this.#waiter;
      this.#waiter = undefined;
      this.#gone(cost);
      waiter.resolve({ done: false, value: message });
      return;
    }
    this.#queue.push({ message, cost });
  }

  /** The peer lets this side send more. */
  credit(bytes: number): void {
    this.#credit = Math.min(this.#credit + bytes, streamWindow);
    this.resume();
  }

  /** The peer will send no more. */
  peerEnded(): void {
    if (this.#over) return;
    this.#peerEnded = true;
    if (this.#ended) this.#finish();
    this.#wake();
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
    if (this.#called && !this.#peerEnded) this.#failure = reason;
    this.#finish(reason);
    this.#wake();
  }

  fail(error: unknown): void {
    if (this.#over) return;
    this.#failure = error;
    this.#finish(error);
    this.#wake();
  }

  #finish(reason?: unknown): void {
    this.#over = true;
    this.resume();
    this.#onOver(reason);
  }

  #wake(): void {
    const waiter = this.#waiter;
    if (!waiter) return;
    this.#waiter = undefined;
    if (this.#failure !== undefined) waiter.reject(this.#failure);
    else waiter.resolve(done);
  }

  /** Whoever read has left the loop. A caller closes its stream by that; a handler may still have answers to send. */
  async #onLeft(): Promise<void> {
    if (this.#called) return this.close();
    this.#deaf = true;
    this.#drop();
  }

  /** Gives back the credit of what nobody will read. */
  #drop(): void {
    for (let i = this.#next; i < this.#queue.length; i++) this.#gone(this.#queue[i]?.cost ?? 0);
    this.#queue = [];
    this.#next = 0;
  }
}

function overError(): MicroError {
  return nodeLost("go.micro.transport", "send: the stream is closed", { reason: "STREAM_BROKEN" });
}
