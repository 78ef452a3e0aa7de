import type { Socket } from "node:net";
import { type MicroError, timeout, unavailable } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import { DeadlineSweeper } from "../../../core/time/deadline-sweeper.js";
import type { CallLimits, Connection, MessageStream } from "../../transport.js";
import { frameType } from "../frames/frames.js";
import { CallTable } from "./call-table.js";
import { MuxStream } from "./mux-stream.js";
import { MuxSession, type Role, remoteOf, type SessionOptions } from "./session.js";

/** Ids have 32 bits and are not reused: a connection that has used them up is replaced. */
const lastId = 0xffff_fffe;
/** Timeouts are 32 bits of milliseconds in a frame. */
const longestTimeout = 0xffff_ffff;

export interface MuxOptions extends SessionOptions {
  /** Calls in flight at one time. Further ones fail as not executed. Default 1024. */
  readonly maxCalls?: number;
  /** Streams open at one time. Default 100. */
  readonly maxStreams?: number;
  /** Milliseconds without a call or stream after which the connection closes. Default 60,000. */
  readonly idle?: number;
  /** Called once when the connection takes no more calls: it is closed, draining, or out of ids. */
  readonly onRetired?: () => void;
}

interface Pending {
  readonly id: number;
  readonly expires: number;
  readonly resolve: (reply: Message) => void;
  readonly reject: (reason: unknown) => void;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: (() => void) | undefined;
}

/** The client's end of a connection. */
export class MuxConnection implements Connection, Role {
  readonly #session: MuxSession;
  readonly #calls = new CallTable<Pending>();
  readonly #sweep = new DeadlineSweeper(this.#calls, ({ id }) => this.#expired(id));
  readonly #options: MuxOptions;
  readonly #remote: string;
  readonly framed = true;
  /** Always 0: this end receives no calls. */
  readonly taken = 0;
  #id = 0;
  /** The last id written to the socket: calls above it were certainly not executed. */
  #flushedId = 0;
  #retired = false;
  /** The id at the last idle check, and since when the connection has been idle. */
  #idleId = 0;
  #idleSince = performance.now();

  constructor(socket: Socket, options: MuxOptions = {}) {
    this.#options = options;
    this.#remote = remoteOf(socket);
    this.#session = new MuxSession(socket, this, options);
  }

  get closed(): boolean {
    return this.#retired;
  }

  /** Passes on bytes that were read from the socket before the handover. */
  received(head: Buffer): void {
    if (head.length > 0) this.#session.received(head);
  }

  call(message: Message, limits: CallLimits = {}): Promise<Message> {
    return new Promise((resolve, reject) => this.#call(message, limits, resolve, reject));
  }

  #call(
    message: Message,
    limits: CallLimits,
    resolve: (reply: Message) => void,
    reject: (reason: unknown) => void,
  ): void {
    const { signal, timeout: time = Number.POSITIVE_INFINITY, now = performance.now() } = limits;
    if (signal?.aborted) throw signal.reason;
    const id = this.#begin(this.#calls.size, this.#options.maxCalls ?? 1024, "calls");
    this.#session.writer.message(frameType.call, id, onWire(time), message);
    const onAbort = signal ? () => this.#cancel(id, signal.reason) : undefined;
    if (signal && onAbort) signal.addEventListener("abort", onAbort);
    const expires = now + time;
    this.#calls.add({ id, expires, resolve, reject, signal, onAbort });
    this.#sweep.note(expires);
  }

  async stream(opening: Message, limits: CallLimits = {}): Promise<MessageStream> {
    limits.signal?.throwIfAborted();
    const { streams, writer } = this.#session;
    const id = this.#begin(streams.size, this.#options.maxStreams ?? 100, "streams");
    writer.message(frameType.open, id, 0, opening);
    const { signal } = limits;
    const onAbort = () => {
      writer.cancel(id);
      stream.fail(signal?.reason);
    };
    const stream = new MuxStream(this.#session, id, true, () => {
      streams.delete(id);
      signal?.removeEventListener("abort", onAbort);
      this.#settled();
    });
    signal?.addEventListener("abort", onAbort);
    streams.set(id, stream);
    return stream;
  }

  /** Takes the next id. @throws {MicroError} 503, not executed, when the connection is full or closing. */
  #begin(inFlight: number, most: number, what: string): number {
    if (this.#retired) throw this.#refusal("it is closing");
    if (inFlight >= most) throw this.#refusal(`${most} ${what} are in flight`).with({ reason: "OVERLOADED" });
    this.#id = this.#calls.next(this.#id);
    if (this.#id >= lastId) this.#retire();
    return this.#id;
  }

  #refusal(why: string): MicroError {
    return unavailable("go.micro.transport", `connection to ${this.#remote}: ${why}`, { executed: "no" });
  }

  /** Removes the pending call `id`. */
  #remove(id: number): Pending | undefined {
    const call = this.#calls.take(id);
    if (!call) return undefined;
    if (call.onAbort) call.signal?.removeEventListener("abort", call.onAbort);
    if (this.#calls.size === 0) this.#settled();
    return call;
  }

  #cancel(id: number, reason: unknown): void {
    const call = this.#remove(id);
    if (!call) return;
    this.#session.writer.cancel(id);
    call.reject(reason);
  }

  #expired(id: number): void {
    this.#cancel(
      id,
      timeout("go.micro.transport", `call ${this.#remote}: no reply in time`, { executed: "unknown" }),
    );
  }

  message(type: number, id: number, message: Message): void {
    if (type === frameType.reply) this.#remove(id)?.resolve(message);
    else this.#session.lose(new Error("the peer called back"));
  }

  failed(id: number, error: MicroError): void {
    this.#remove(id)?.reject(error);
  }

  cancelled(id: number): void {
    this.failed(id, unavailable("go.micro.transport", `call ${this.#remote}: given up by the peer`));
  }

  goaway(last: number, reason: string): void {
    this.#retire();
    const error = this.#refusal(reason || "going away");
    for (const { id } of this.#calls.values()) if (id > last) this.failed(id, error);
    for (const [id, stream] of this.#session.streams) if (id > last) stream.fail(error);
    this.#settled();
  }

  flushed(): void {
    this.#flushedId = this.#id;
  }

  lost(error: MicroError): void {
    this.#retire();
    this.#sweep.stop();
    for (const { id } of this.#calls.values())
      this.failed(id, id > this.#flushedId ? this.#refusal("closed before the call was written") : error);
  }

  #retire(): void {
    if (this.#retired) return;
    this.#retired = true;
    this.#options.onRetired?.();
  }

  get #busy(): boolean {
    return this.#calls.size > 0 || this.#session.streams.size > 0;
  }

  /** Called when a call or stream has ended: closes a retired connection with its last one. */
  #settled(): void {
    if (this.#retired && !this.#busy) void this.#session.close();
  }

  onIdleCheck(): void {
    const now = performance.now();
    if (this.#busy || this.#idleId !== this.#id) this.#idleSince = now;
    this.#idleId = this.#id;
    if (now - this.#idleSince >= (this.#options.idle ?? 60_000)) void this.close();
  }

  /** Closes the connection at once. Calls and streams in flight fail. */
  close(): Promise<void> {
    this.#retire();
    return this.#session.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The timeout as written in a frame: whole milliseconds, 0 for none. */
function onWire(time: number): number {
  return time === Number.POSITIVE_INFINITY ? 0 : Math.min(longestTimeout, Math.max(1, Math.ceil(time)));
}
