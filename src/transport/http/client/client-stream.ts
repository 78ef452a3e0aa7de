import { MicroError, nodeLost } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import { Queue } from "../../queue.js";
import type { MessageStream } from "../../transport.js";
import { IdleTimer } from "../wire/idle-timer.js";
import { maxWaiting } from "../wire/limits.js";
import { writeRequest } from "../wire/request.js";
import type { ClientSocket } from "./client-socket.js";
import { isSuccess, readReply } from "./reply.js";
import type { Response } from "./response-reader.js";

interface StreamOptions {
  readonly address: string;
  readonly onClose: () => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * The caller's end of a stream over HTTP. It has a socket of its own: each message is a full request, each message of
 * the peer a full response. An error reply, such as `EOS`, ends it. If the peer closes before that, it is broken.
 */
export class HttpClientStream implements MessageStream {
  readonly #socket: ClientSocket;
  readonly #address: string;
  readonly #onClose: () => void;
  readonly #signal: AbortSignal | undefined;
  readonly #messages = new Queue<Message>();
  readonly #idle: IdleTimer;
  /** Needed to recognise errors: their form depends on the request. */
  readonly #opening: Message;
  #ended = false;
  #closed = false;
  /** Why the socket was closed. */
  #lost: MicroError | undefined;
  #wake: (() => void) | undefined;
  #drained: Promise<void> | undefined;

  constructor(socket: ClientSocket, opening: Message, options: StreamOptions) {
    const { address, onClose, signal } = options;
    this.#socket = socket;
    this.#opening = opening;
    this.#address = address;
    this.#onClose = onClose;
    this.#signal = signal;
    this.#idle = new IdleTimer((error) => this.#end(error), { busy: () => this.#messages.length > 0 });
    socket.write(writeRequest(address, opening));
    signal?.addEventListener("abort", this.#onAbort);
    socket.setListener({
      onResponse: (response) => this.#onResponse(response),
      onClosed: (error) => {
        if (!this.#ended) this.#lost = error.reason === "TLS_FAILED" ? error : broken(error);
        this.#end(this.#lost);
      },
    });
  }

  async send(message: Message): Promise<void> {
    if (this.#closed || this.#socket.closed)
      throw this.#lost ?? broken(nodeLost("go.micro.client", `stream to "${this.#address}": closed`));
    this.#idle.touch();
    if (!this.#socket.write(writeRequest(this.#address, message))) await this.#drain();
  }

  async end(): Promise<void> {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    try {
      for (;;) {
        const message = await this.#messages.next();
        if (message === undefined) return;
        if (this.#messages.length < maxWaiting) this.#socket.resume();
        yield message;
      }
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#messages.clear();
    this.#end(undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #onResponse(response: Response): void {
    this.#idle.touch();
    try {
      this.#messages.push(readReply(response));
    } catch (error) {
      this.#end(MicroError.from(error, "go.micro.client"));
      return;
    }
    this.#ended = !isSuccess(this.#opening, response);
    if (this.#messages.length >= maxWaiting) this.#socket.pause();
  }

  readonly #onAbort = (): void => {
    this.#messages.clear();
    this.#end(undefined);
  };

  #end(error: MicroError | undefined): void {
    this.#messages.end(error);
    this.#idle.close();
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#onClose();
    this.#wake?.();
  }

  #drain(): Promise<void> {
    this.#drained ??= new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#socket.onDrain(resolve);
    }).finally(() => {
      this.#drained = undefined;
    });
    return this.#drained;
  }
}

function broken(cause: MicroError): MicroError {
  return nodeLost("go.micro.client", `stream broken: ${cause.detail}`, { cause, reason: "STREAM_BROKEN" });
}
