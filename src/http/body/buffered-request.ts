import { setMaxListeners } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { MicroError } from "../../core/errors.js";
import { type Answer, sendAnswer } from "../message/answer.js";
import { type Inform, informing } from "../message/interim.js";
import type { RequestContext } from "../message/request-context.js";
import type { RequestHead } from "../message/request-head.js";
import { hasLeft, wentOut } from "../message/write-head.js";
import { type BodyLimits, readBody } from "./read-body.js";

/** A request with its complete body. */
export interface BufferedRequest {
  readonly head: RequestHead;
  readonly body: Buffer;
  readonly context: RequestContext;
  /** Aborts when the caller disconnects before the response. */
  readonly signal: AbortSignal;
  /** Returns Node's response, for a streamed answer. */
  open(): ServerResponse;
  /** Sends informational (1xx) responses. */
  readonly inform?: Inform;
}

/** Answers requests whose body has been read. */
export interface BufferedHandler {
  /** The id of its errors, such as `go.micro.api`. */
  readonly id: string;
  /** The answer, or nothing when it was written by `request.open`. An error that it rejects with becomes the answer. */
  answer(request: BufferedRequest): Promise<Answer | undefined>;
}

/** Reads the body of `request`, and answers it with `handler`. @throws {MicroError} what the request must be answered. */
export async function answerBuffered(
  handler: BufferedHandler,
  request: IncomingMessage,
  response: ServerResponse,
  { context, limits }: { readonly context: RequestContext; readonly limits: BodyLimits },
): Promise<void> {
  const body = await readBody(request, limits, handler.id);
  const signal = callerLeaves(request, response);
  const inform = informing(response);
  const answer = await handler.answer({ head: request, body, context, signal, open: () => response, inform });
  if (answer) sendAnswer(request, response, answer);
}

/** Returns a signal that aborts when the caller disconnects before the response. */
export function callerLeaves(request: IncomingMessage, response: ServerResponse): AbortSignal {
  if (request.httpVersionMajor !== 2) return socketCloses(request.socket);
  const left = new AbortController();
  const close = () => {
    if (!wentOut(response)) left.abort(callerLeft());
  };
  if (hasLeft(response)) close();
  else response.once("close", close);
  return left.signal;
}

const signals = new WeakMap<Socket, AbortSignal>();

/** One signal for all requests of a connection, which aborts when it closes. A signal per request costs 6 µs. */
export function socketCloses(socket: Socket): AbortSignal {
  const known = signals.get(socket);
  if (known) return known;
  const left = new AbortController();
  setMaxListeners(0, left.signal); // requests may be pipelined
  signals.set(socket, left.signal);
  if (socket.destroyed) left.abort(callerLeft());
  else socket.once("close", () => left.abort(callerLeft()));
  return left.signal;
}

function callerLeft(): MicroError {
  return new MicroError("go.micro.http", 499, "the caller left");
}
