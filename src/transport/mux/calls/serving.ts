import type { Socket } from "node:net";
import type { Abortable } from "../../../core/closeable.js";
import { type MicroError, nodeLost, unavailable } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import type { ConcurrencyLimit } from "../../concurrency-limit.js";
import { unexpectedAsInternal } from "../../contained-handler.js";
import type { UpgradedConnection as Upgraded } from "../../http/wire/upgrade.js";
import type { TransportHandler } from "../../transport.js";
import { frameType, violation } from "../frames/frames.js";
import { InboundCall, InboundCalls } from "./inbound-call.js";
import { MuxStream } from "./mux-stream.js";
import { MuxSession, type Role, remoteOf, type SessionOptions } from "./session.js";

export interface ServingOptions extends SessionOptions {
  /** Limits the calls of the server, over all connections. */
  readonly limit: ConcurrencyLimit;
  /** Logs an unexpected error that ended a request. */
  readonly logUnexpected: (error: unknown) => void;
  /** Streams open at one time on one connection. Default 100. */
  readonly maxStreams?: number;
}

/** Bytes of requests in flight on one connection. Further requests are refused as not executed. */
const maxBytes = 64 * 1024 * 1024;
/** Bytes waiting to be sent to a slow peer, beyond which no more is read from it. */
const maxUnsent = 1024 * 1024;

/** The server's end of a connection. */
export class Serving implements Role, Upgraded {
  /** The highest id received. Ids only grow. */
  taken = 0;
  readonly #session: MuxSession;
  readonly #handler: TransportHandler;
  readonly #options: ServingOptions;
  readonly #remote: string;
  readonly #calls = new InboundCalls();
  readonly #streams = new InboundCalls();
  #bytes = 0;
  #draining = false;
  #idle: (() => void)[] = [];

  constructor(socket: Socket, handler: TransportHandler, options: ServingOptions) {
    this.#handler = handler;
    this.#options = options;
    this.#remote = remoteOf(socket);
    this.#session = new MuxSession(socket, this, options);
    socket.on("drain", () => socket.resume());
  }

  /** Passes on bytes that were read from the socket before the handover. */
  received(head: Buffer): void {
    if (head.length > 0) this.#session.received(head);
  }

  message(type: number, id: number, message: Message, timeout: number): void {
    if (type === frameType.reply) throw violation("reply to a server");
    if (id <= this.taken) throw violation(`id ${id} after ${this.taken}`);
    if (this.#draining) return; // `goaway` has told the peer that later ids are not executed
    this.taken = id;
    if (type === frameType.open) this.#open(id, message);
    else this.#call(id, message, timeout);
  }

  #call(id: number, message: Message, timeout: number): void {
    const size = message.body.length;
    if (this.#bytes + size > maxBytes) {
      this.#refuse(id, `${maxBytes} bytes of requests are in flight`);
      return;
    }
    const refusal = this.#options.limit.enter(message);
    if (refusal !== undefined) {
      this.#refuse(id, refusal.why);
      return;
    }
    const inbound = new InboundCall(id, {
      remote: this.#remote,
      size,
      timeout: timeout === 0 ? undefined : timeout,
      settle: this.#answer,
    });
    this.#calls.add(inbound);
    this.#bytes += size;
    this.#handler.call(message, inbound).then(
      (reply) => this.#answer(inbound, reply),
      (error: unknown) => this.#fail(inbound, error),
    );
  }

  #refuse(id: number, why: string): void {
    this.#session.writer.error(id, unavailable("go.micro.transport", `call: ${why}`, { executed: "no" }));
  }

  readonly #answer = (call: InboundCall, reply: Message): void => {
    if (call.settled) return;
    this.#done(call);
    if (call.aborted) return;
    try {
      this.#session.writer.message(frameType.reply, call.id, 0, reply);
    } catch (error) {
      this.#session.writer.error(
        call.id,
        unexpectedAsInternal(error, this.#options.logUnexpected).with({ executed: "yes" }),
      );
    }
  };

  #fail(call: InboundCall, cause: unknown): void {
    if (call.settled) return;
    this.#done(call);
    const error = unexpectedAsInternal(cause, this.#options.logUnexpected).with({ executed: "yes" });
    if (!call.aborted) this.#session.writer.error(call.id, error);
  }

  /** A call counts until it is answered. The server also answers when the caller has cancelled, or is out of time. */
  #done(call: InboundCall): void {
    call.settled = true;
    this.#calls.remove(call);
    this.#bytes -= call.size;
    this.#options.limit.leave();
    if (this.#idle.length > 0) this.#settled();
  }

  #open(id: number, opening: Message): void {
    const { streams } = this.#session;
    if (streams.size >= (this.#options.maxStreams ?? 100)) {
      this.#refuse(id, "too many streams are open");
      return;
    }
    const inbound = new InboundCall(id, { remote: this.#remote, size: 0 });
    const stream = new MuxStream(this.#session, id, false, (reason) => {
      streams.delete(id);
      if (reason !== undefined) inbound.abort(reason);
    });
    streams.set(id, stream);
    this.#streams.add(inbound);
    void this.#serve(opening, stream, inbound);
  }

  async #serve(opening: Message, stream: MuxStream, inbound: InboundCall): Promise<void> {
    try {
      await this.#handler.stream(opening, stream, inbound);
      await stream.end();
      await stream.close();
    } catch (error) {
      stream.break(unexpectedAsInternal(error, this.#options.logUnexpected).with({ executed: "yes" }));
    }
    this.#streams.remove(inbound);
    this.#settled();
  }

  /** Only servers send refusals, so there is nothing to do. */
  failed(): void {}

  cancelled(id: number): void {
    this.#calls.find(id)?.abort(new DOMException("the caller gave up", "AbortError"));
  }

  goaway(): void {}

  flushed(): void {
    const { socket } = this.#session;
    if (socket.writableLength > maxUnsent) socket.pause();
  }

  onIdleCheck(): void {}

  lost(error: MicroError): void {
    const reason = nodeLost("go.micro.transport", `caller ${this.#remote} left`, { cause: error });
    this.#calls.abort(reason);
    this.#streams.abort(reason);
    this.#settled();
  }

  /** Refuses new work, tells the peer so, and closes the connection when the work in flight is answered. */
  async drain({ signal }: Abortable = {}): Promise<void> {
    if (!this.#draining && !this.#session.closed) {
      this.#draining = true;
      this.#session.writer.goaway(this.taken, "draining");
    }
    signal?.addEventListener("abort", () => this.#settled(), { once: true });
    while (!signal?.aborted && this.#busy) await new Promise<void>((resolve) => this.#idle.push(resolve));
    if (!this.#busy) await this.close();
  }

  get #busy(): boolean {
    return this.#calls.size > 0 || this.#streams.size > 0;
  }

  #settled(): void {
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  /** Resolves when the connection is closed. */
  get closed(): Promise<void> {
    return this.#session.gone;
  }

  /** Closes the connection at once. */
  close(): Promise<void> {
    return this.#session.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
