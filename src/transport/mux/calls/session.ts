import type { Socket } from "node:net";
import { MicroError, nodeLost } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import { Keepalive } from "../flow/keepalive.js";
import { connectionWindow, ReceiveWindow } from "../flow/receive-window.js";
import { FrameReader, type FrameSink } from "../frames/frame-reader.js";
import { FrameWriter, readError } from "../frames/frame-writer.js";
import {
  type FrameLimits,
  frameLimits,
  frameType,
  headSize,
  messageHeadSize,
  readUint16,
  readUint32,
  violation,
} from "../frames/frames.js";
import { ReceivedSets } from "../frames/header-sets.js";
import { WriteBatcher } from "../frames/write-batcher.js";
import type { MuxStream } from "./mux-stream.js";

/** What differs between the client's and the server's end of a connection. */
export interface Role {
  /** The highest id received from the peer. */
  readonly taken: number;
  /** A call, the opening of a stream, or a reply. */
  message(type: number, id: number, message: Message, timeout: number): void;
  /** The peer refused call `id`, or could not answer it. */
  failed(id: number, error: MicroError): void;
  /** The peer no longer wants the reply to call `id`. */
  cancelled(id: number): void;
  /** The peer will not execute ids above `last`. */
  goaway(last: number, reason: string): void;
  /** Called when everything written so far goes to the socket. */
  flushed(): void;
  /** Called at each keepalive check, to close an idle connection. */
  onIdleCheck(): void;
  /** The connection is closed. Its streams have already failed. */
  lost(error: MicroError): void;
}

export interface SessionOptions {
  readonly limits?: FrameLimits;
  /** Milliseconds between keepalive checks. Four silent ones end the connection. Default 3000. */
  readonly keepalive?: number;
}

/** What both ends of a connection share: frames in and out, streams, flow control and keepalive. */
export class MuxSession implements FrameSink {
  readonly socket: Socket;
  readonly writer: FrameWriter;
  readonly streams = new Map<number, MuxStream>();
  readonly limits: FrameLimits;
  /** Credit of the peer, for all streams together. */
  readonly receiveWindow: ReceiveWindow;
  /** Bytes that this side may still send, on all streams together. */
  credit = connectionWindow;
  readonly #batcher: WriteBatcher;
  readonly #reader: FrameReader;
  readonly #sets = new ReceivedSets();
  readonly #role: Role;
  readonly #keepalive: Keepalive;
  /** Resolves when the socket is closed. */
  readonly gone: Promise<void>;
  #closed = false;

  constructor(socket: Socket, role: Role, options: SessionOptions = {}) {
    this.socket = socket;
    this.#role = role;
    this.limits = options.limits ?? frameLimits;
    this.#batcher = new WriteBatcher(socket, () => role.flushed());
    this.writer = new FrameWriter(this.#batcher, this.limits);
    this.receiveWindow = new ReceiveWindow(connectionWindow, (bytes) => this.writer.window(0, bytes));
    this.#reader = new FrameReader(this.limits, this);
    this.#keepalive = new Keepalive(socket, options.keepalive ?? 3000, this);
    this.gone = new Promise((resolve) => socket.once("close", () => resolve()));
    socket.setNoDelay(true);
    socket.setTimeout(0);
    socket.on("data", (chunk: Buffer) => this.received(chunk));
    socket.on("error", (error) => this.lose(error));
    socket.on("end", () => this.lose(undefined));
    socket.on("close", () => this.lose(undefined));
    socket.resume();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Takes bytes from the socket. */
  received(chunk: Buffer): void {
    if (this.#closed) return;
    try {
      this.#reader.push(chunk);
    } catch (error) {
      const why = MicroError.from(error, "go.micro.transport");
      this.writer.goaway(this.#role.taken, why.detail);
      this.#batcher.flush();
      this.lose(why);
    }
  }

  frame(type: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (this.#closed) return;
    switch (type) {
      case frameType.call:
      case frameType.reply:
      case frameType.open:
      case frameType.data:
        this.#message(type, id, bytes, start, end);
        break;
      case frameType.headers:
        this.#sets.define(id, bytes, start, end);
        break;
      case frameType.error:
        this.#error(id, readError(bytes, start, end));
        break;
      case frameType.end:
        this.streams.get(id)?.peerEnded();
        break;
      case frameType.cancel:
        this.#cancel(id);
        break;
      case frameType.window:
        this.#window(id, bytes, start, end);
        break;
      case frameType.ping:
        this.writer.pong();
        break;
      case frameType.goaway:
        this.#role.goaway(id, bytes.toString("utf8", start, end));
        break;
    }
  }

  #message(type: number, id: number, bytes: Buffer, start: number, end: number): void {
    const headerAt = start + messageHeadSize;
    const bodyAt = headerAt + readUint16(bytes, start + 6);
    if (headerAt > end || bodyAt > end || bodyAt - headerAt > this.limits.maxHeader)
      throw violation("header block beyond its frame");
    if (end - bodyAt > this.limits.maxBody) {
      this.oversized(type, id);
      return;
    }
    const message = this.#sets.message(readUint16(bytes, start), bytes, { start: headerAt, bodyAt, end });
    if (type === frameType.data) this.#data(id, message, headSize + end - start);
    else this.#role.message(type, id, message, readUint32(bytes, start + 2));
  }

  #data(id: number, message: Message, cost: number): void {
    this.receiveWindow.receive(cost);
    const stream = this.streams.get(id);
    if (stream) stream.received(message, cost);
    else this.receiveWindow.read(cost);
  }

  oversized(type: number, id: number): void {
    const error = new MicroError("go.micro.transport", 413, `message: body over ${this.limits.maxBody}`, {
      executed: "no",
      reason: "TOO_LARGE",
    });
    if (type === frameType.reply) {
      this.#role.failed(id, error.with({ executed: "yes" }));
      return;
    }
    const stream = this.streams.get(id);
    if (stream) stream.break(error);
    else this.writer.error(id, error);
  }

  #error(id: number, error: MicroError): void {
    const stream = this.streams.get(id);
    if (stream) stream.fail(error);
    else this.#role.failed(id, error);
  }

  #cancel(id: number): void {
    const stream = this.streams.get(id);
    if (stream) stream.cancelled();
    else this.#role.cancelled(id);
  }

  #window(id: number, bytes: Buffer, start: number, end: number): void {
    if (end - start !== 4) throw violation("window frame of a wrong length");
    const more = readUint32(bytes, start);
    if (id !== 0) {
      this.streams.get(id)?.credit(more);
      return;
    }
    this.credit = Math.min(this.credit + more, connectionWindow);
    if (this.credit > 0) for (const stream of this.streams.values()) stream.resume();
  }

  onIdleCheck(): void {
    this.#role.onIdleCheck();
  }

  /** Flushes, closes the connection, and resolves when the socket is closed, which takes a second at most. */
  close(): Promise<void> {
    if (!this.#closed) {
      this.#batcher.flush();
      this.socket.end();
      this.socket.setTimeout(1000, () => this.socket.destroy());
      this.lose(undefined);
    }
    return this.gone;
  }

  /** Ends the connection. Calls and streams in flight fail. */
  lose(cause: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#keepalive.stop();
    const why = cause instanceof Error ? cause.message : "closed";
    const error = nodeLost("go.micro.transport", `connection to ${remoteOf(this.socket)}: ${why}`, { cause });
    for (const stream of this.streams.values()) stream.fail(error.with({ reason: "STREAM_BROKEN" }));
    this.streams.clear();
    this.#role.lost(error);
    if (this.socket.writableEnded) this.socket.resume();
    else this.socket.destroy();
  }
}

/** `host:port` of the peer. */
export function remoteOf(socket: Socket): string {
  const { remoteAddress = "", remotePort = 0 } = socket;
  return remoteAddress.includes(":") ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}
