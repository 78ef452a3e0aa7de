import { Duplex } from "node:stream";
import type { NatsConnection, Subscription } from "@nats-io/transport-node";
import { asBuffer } from "../../core/text/as-buffer.js";
import { type Scheduled, systemClock } from "../../core/time/clock.js";
import type { SharedNatsConnection } from "./nats-connection.js";

/** Head of a pipe's message: its type (1) and sequence number (4). The data follows. */
const headSize = 5;
const data = 0;
const end = 1;

/** Maximum data per message: below a server's default limit of 1 MiB. */
const maxChunk = 256 * 1024;
/** Unread bytes beyond which the pipe is destroyed, because NATS has no back-pressure. */
const maxUnread = 64 * 1024 * 1024;

export interface PipeOptions {
  readonly link: SharedNatsConnection;
  readonly connection: NatsConnection;
  /** The subject that this end receives on. */
  readonly inbox: string;
  /** The subject of the peer. Default: set later by `connected`. */
  readonly to?: string;
  /** Name of the peer, for error messages. */
  readonly remote: string;
}

/** A byte stream between two processes over two NATS subjects. Messages are numbered: a missing one destroys it. */
export class NatsDuplex extends Duplex {
  /** The peer, in the place where a socket has it. */
  readonly remoteAddress: string;
  readonly remotePort = 0;
  bytesRead = 0;
  readonly #options: PipeOptions;
  readonly #subscription: Subscription;
  #to: string;
  #sent = 0;
  #received = 0;
  #timer: Scheduled | undefined;

  constructor(options: PipeOptions) {
    super({ allowHalfOpen: true });
    this.#options = options;
    this.#to = options.to ?? "";
    this.remoteAddress = options.remote;
    this.#subscription = options.connection.subscribe(options.inbox, {
      callback: (error, message) => {
        if (error) this.destroy(error);
        else this.#receive(message.data);
      },
    });
  }

  /** Sets the subject of the peer. */
  connected(to: string): void {
    this.#to = to;
  }

  setNoDelay(): void {}

  /** Calls back after `timeout` ms. Data does not restart it, unlike that of a socket: mux uses it only on close. */
  setTimeout(timeout: number, callback: () => void = () => {}): void {
    this.#timer?.cancel();
    this.#timer = timeout === 0 ? undefined : systemClock.schedule(timeout, callback, { ref: false });
  }

  #receive(message: Uint8Array): void {
    const bytes = asBuffer(message);
    if (bytes.length < headSize || bytes.readUInt32BE(1) !== this.#received) {
      this.destroy(new Error("messages of the connection were lost"));
      return;
    }
    this.#received = (this.#received + 1) >>> 0;
    this.bytesRead += bytes.length;
    if (bytes[0] === end) this.push(null);
    else this.push(bytes.subarray(headSize));
    if (this.readableLength > maxUnread) this.destroy(new Error("the reader is too slow"));
  }

  override _read(): void {}

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#write(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#write(chunk, done);
  }

  /** Calls `done` when the server has received the data. This is the back-pressure for a fast writer. */
  #write(bytes: Buffer, done: (error?: Error | null) => void): void {
    try {
      for (let at = 0; at < bytes.length; at += maxChunk)
        this.#publish(data, bytes.subarray(at, at + maxChunk));
    } catch (error) {
      done(error as Error);
      return;
    }
    this.#options.link.flush().then(() => done(), done);
  }

  #publish(type: number, bytes: Uint8Array): void {
    const message = Buffer.allocUnsafe(headSize + bytes.length);
    message[0] = type;
    message.writeUInt32BE(this.#sent, 1);
    message.set(bytes, headSize);
    this.#options.connection.publish(this.#to, message);
    this.#sent = (this.#sent + 1) >>> 0;
  }

  override _final(done: (error?: Error | null) => void): void {
    try {
      this.#publish(end, Buffer.alloc(0));
    } catch {
      // The connection is closed, which the peer notices by itself.
    }
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#timer?.cancel();
    this.#subscription.unsubscribe();
    if (!this.writableFinished && this.#to !== "") this._final(() => {});
    done(error);
  }
}
