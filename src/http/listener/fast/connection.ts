import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { MicroError } from "../../../core/errors.js";
import { notReceived } from "../../../transport/http/server/parser-error.js";
import { type BufferedHandler, socketCloses } from "../../body/buffered-request.js";
import { presentable, refuseSocket, statusOf } from "../../errors.js";
import type { Limits } from "../../limits.js";
import { type Answer, errorAnswer } from "../../message/answer.js";
import { type Inform, inform } from "../../message/interim.js";
import type { RequestContext } from "../../message/request-context.js";
import type { Close } from "../request-tracker.js";
import { logSafely } from "../uncaught.js";
import { answerBytes } from "./answer-bytes.js";
import type { FastFrontOptions } from "./front-options.js";
import { type FastHead, readFastHead } from "./head.js";

import { closed, streamedAnswer } from "./streamed.js";

/** One socket, as long as its requests are plain: one at a time, each complete in one read. */
export class FastConnection {
  readonly #socket: Socket;
  readonly #parts: FastParts;
  readonly #onData = (chunk: Buffer) => this.#read(chunk);
  readonly #onEnd = () => this.#ended();
  readonly #onError = () => this.#socket.destroy();
  readonly #onTimeout = () => this.#idle();
  readonly #inform: Inform = (status, headers) => inform(this.#socket, status, headers);
  #busy = false;
  /** The answer is written, but still in the socket's buffer. */
  #sending = false;
  #served = false;
  /** The client has closed its sending side: close after the current answer. */
  #last = false;
  /** More data arrived before the current request was answered. It waits in the paused socket. */
  #early = false;

  constructor(socket: Socket, parts: FastParts) {
    this.#socket = socket;
    this.#parts = parts;
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("error", this.#onError);
    socket.on("timeout", this.#onTimeout);
    socket.setTimeout(parts.limits.headersTimeout);
  }

  /** Closes the connection if no request is in flight. */
  leave(): void {
    if (!this.#busy) this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    try {
      if (this.#busy) this.#keep(chunk);
      else this.#start(chunk);
    } catch (err) {
      this.#fail(err);
    }
  }

  /** Puts `chunk` back. The socket must be paused first, because nothing can be put back after its `end` event. */
  #keep(chunk: Buffer): void {
    this.#early = true;
    this.#socket.pause();
    this.#socket.unshift(chunk);
  }

  #start(chunk: Buffer): void {
    const head = this.#parts.draining() || this.#socket.writableNeedDrain ? undefined : this.#head(chunk);
    const bufferedHandler = head && this.#parts.bufferedHandler(head);
    if (bufferedHandler)
      this.#serve(head, chunk.subarray(head.bodyAt), bufferedHandler).catch((err) => this.#fail(err));
    else {
      this.#keep(chunk);
      this.#handOver();
    }
  }

  /** Parses the chunk. Undefined unless it is exactly one complete request. */
  #head(chunk: Buffer): FastHead | undefined {
    const head = readFastHead(chunk, this.#socket);
    if (!head || head.bodyAt + head.length !== chunk.length) return undefined;
    const { headers, body } = this.#parts.limits;
    return head.bodyAt <= headers && head.length <= body ? head : undefined;
  }

  /** Closes the connection after an unexpected error. */
  #fail(error: unknown): void {
    this.#logUnexpected(error, "");
    this.#socket.destroy();
  }

  #logUnexpected(err: unknown, request: string): void {
    logSafely(() => this.#parts.log?.error({ err, request }, "request failed unexpectedly"));
  }

  /** Answers one request. */
  async #serve(head: FastHead, body: Buffer, bufferedHandler: BufferedHandler): Promise<void> {
    this.#busy = true;
    const { admission, tracker, limits, name } = this.#parts;
    let close: Close | undefined;
    let streamed: ServerResponse | undefined;
    let known: Pick<RequestContext, "id" | "strangers"> = { id: "" };
    try {
      const context = admission.admit(head, false);
      known = context;
      close = tracker.enter(head, context);
      const signal = socketCloses(this.#socket);
      const open = () => {
        streamed ??= streamedAnswer(head, [...this.#parts.added, ...kept(limits)]);
        return streamed;
      };
      const answer = await bufferedHandler.answer({
        head,
        body,
        context,
        signal,
        open,
        inform: this.#inform,
      });
      if (answer) await this.#send(answer);
      if (answer && streamed)
        this.#socket.destroySoon(); // streaming failed before it started
      else if (streamed) await closed(streamed);
      close(
        answer?.status ?? streamed?.statusCode ?? 499,
        streamed?.writableFinished ?? !this.#socket.destroyed,
      );
    } catch (error) {
      const shown = presentable(error, name, known);
      if (!MicroError.is(error)) this.#logUnexpected(error, known.id);
      if (streamed?.headersSent) this.#socket.destroy();
      else await this.#send(errorAnswer(shown));
      if (streamed) this.#socket.destroySoon(); // streaming failed before it started
      close?.(statusOf(shown), !this.#socket.destroyed);
    }
    this.#busy = false;
    if (!this.#served) this.#socket.setTimeout(limits.keepAlive);
    this.#served = true;
    if (this.#last) this.#socket.end();
    else if (this.#early && this.#socket.writable) this.#handOver();
  }

  #ended(): void {
    if (this.#busy) this.#last = true;
    else this.#socket.end();
  }

  /** Resolves once the answer is sent, usually at once. A drain waits for it, so that slow readers get all of it. */
  async #send(answer: Answer): Promise<void> {
    const socket = this.#socket;
    this.#write(answer);
    if (socket.writableLength === 0 || socket.destroyed) return;
    this.#sending = true;
    await new Promise<void>((resolve) => socket.write("", () => resolve()));
    this.#sending = false;
  }

  #write({ status, headers, body }: Answer): void {
    if (!this.#socket.writable) return;
    const { limits, added } = this.#parts;
    const written = { status, headers: added.length > 0 ? [...added, ...headers] : headers, body };
    for (const bytes of answerBytes(written, limits.keepAlive)) this.#socket.write(bytes);
  }

  /** Passes the socket, with the data that was put back, to Node's server. */
  #handOver(): void {
    const socket = this.#socket;
    socket.off("data", this.#onData);
    socket.off("end", this.#onEnd);
    socket.off("error", this.#onError);
    socket.off("timeout", this.#onTimeout);
    socket.setTimeout(0);
    this.#parts.handOver(socket, this);
    socket.resume();
  }

  /** Times out as Node does: 408 before the first request, a silent close after it. */
  #idle(): void {
    if (this.#busy && !this.#sending) return;
    if (this.#served || this.#sending) this.#socket.destroy();
    else refuseSocket(this.#socket, notReceived(this.#parts.name, "request"));
  }
}

/** Node's headers of a kept-alive connection. */
function kept({ keepAlive }: Limits): string[] {
  return ["Connection", "keep-alive", "Keep-Alive", `timeout=${Math.floor(keepAlive / 1000)}`];
}

/** The parts of the front that its connections use. */
export interface FastParts extends Omit<FastFrontOptions, "requestHandler"> {
  /** Headers of every answer, alternating names and values. */
  readonly added: readonly string[];
  bufferedHandler(head: FastHead): BufferedHandler | undefined;
  handOver(socket: Socket, from: FastConnection): void;
}
