import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { MicroError, nodeLost } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import type { Queue } from "../../queue.js";
import type { MessageStream } from "../../transport.js";
import { readHeader } from "../wire/header.js";
import { IdleTimer } from "../wire/idle-timer.js";
import { writeResponse } from "../wire/request.js";
import { letGo } from "../wire/response.js";
import { readBody } from "./body.js";
import type { ReadBackpressure } from "./read-backpressure.js";

/** Milliseconds that the caller has to close after the last message, before its socket is destroyed. */
const linger = 2000;

/**
 * The handler's end of a stream over HTTP. Requests come through Node's parser. Replies are not paired with requests,
 * so they are written to the socket directly.
 */
export class HttpServerStream implements MessageStream {
  readonly #socket: Socket;
  readonly #requests: Queue<ServerExchange>;
  readonly #backpressure: ReadBackpressure;
  readonly #idle: IdleTimer;
  #closed = false;

  constructor(socket: Socket, requests: Queue<ServerExchange>, backpressure: ReadBackpressure) {
    this.#backpressure = backpressure;
    this.#socket = socket;
    this.#requests = requests;
    const idle = (error: MicroError) => socket.destroy(error);
    this.#idle = new IdleTimer(idle, { busy: () => requests.length > 0 });
    socket.once("close", () => this.#idle.close());
  }

  async send(message: Message): Promise<void> {
    if (this.#closed || this.#socket.destroyed) throw nodeLost("go.micro.server", "send: caller left");
    this.#idle.touch();
    let room = true;
    for (const bytes of writeResponse(message)) room = this.#socket.write(bytes);
    if (!room) await this.#drained();
  }

  async end(): Promise<void> {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    for (;;) {
      const exchange = await this.#requests.next();
      if (exchange === undefined || this.#closed) return;
      const message = await this.#read(exchange);
      if (message === undefined) return;
      this.#backpressure.check();
      yield message;
    }
  }

  /** Releases a request, so that a long stream does not keep all its messages in memory. */
  release(response: ServerResponse): void {
    letGo(response);
    this.#socket.setTimeout(0);
  }

  /**
   * Closes the connection once everything is written. Keeps reading and discarding until then: unread data would cause a
   * TCP reset, which can destroy the last messages.
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#idle.close();
    if (this.#socket.destroyed) return;
    void this.#discard();
    this.#socket.end();
    const timer = setTimeout(() => this.#socket.destroy(), linger);
    this.#socket.once("close", () => clearTimeout(timer));
    this.#socket.resume();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #read({ request, response }: ServerExchange): Promise<Message | undefined> {
    try {
      const body = await readBody(request);
      this.#idle.touch();
      this.release(response);
      return { header: readHeader(request.rawHeaders), body };
    } catch (error) {
      this.#socket.destroy();
      if (MicroError.is(error) && error.reason === "NODE_LOST") return undefined;
      throw error;
    }
  }

  async #discard(): Promise<void> {
    for (let next = await this.#requests.next(); next; next = await this.#requests.next()) {
      next.request.resume();
      this.release(next.response);
    }
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#socket.off("drain", done);
        this.#socket.off("close", done);
        resolve();
      };
      this.#socket.on("drain", done);
      this.#socket.on("close", done);
    });
  }
}

/** A request and its response, as passed by Node. */
export interface ServerExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}
