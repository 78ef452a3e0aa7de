import { setMaxListeners } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { MicroError } from "../../core/errors.js";
import { presentable } from "../errors.js";
import { type Answer, errorAnswer, sendAnswer } from "../message/answer.js";
import { type Inform, informing } from "../message/interim.js";
import type { RequestContext } from "../message/request-context.js";
import type { RequestHead } from "../message/request-head.js";
import { hasLeft, wentOut } from "../message/write-head.js";
import { type BodyLimits, readBody } from "./read-body.js";

/** A request with its whole body. */
export interface BufferedRequest {
  readonly head: RequestHead;
  readonly body: Buffer;
  readonly exchange: RequestContext;
  /** Aborts when the caller leaves before it is answered. */
  readonly signal: AbortSignal;
  /** Node's way to write an answer that is streamed, for who wants it. */
  open(): ServerResponse;
  /** Where interim answers go, for who has some. */
  readonly inform?: Inform;
}

/** Answers requests whose body is there. */
export interface BufferedHandler {
  /** Names who answers, in errors. */
  readonly id: string;
  /** The answer, or nothing when it was written by `asked.open`. It never rejects. */
  answer(asked: BufferedRequest): Promise<Answer | undefined>;
}

/** Reads the body of `request`, and answers it by `whole`. It never rejects. */
export async function answerWhole(
  whole: BufferedHandler,
  request: IncomingMessage,
  response: ServerResponse,
  { exchange, limits }: { readonly exchange: RequestContext; readonly limits: BodyLimits },
): Promise<void> {
  let answer: Answer | undefined;
  try {
    const body = await readBody(request, limits, whole.id);
    const signal = callerLeaves(request, response);
    answer = await whole.answer({
      head: request,
      body,
      exchange,
      signal,
      open: () => response,
      inform: informing(response),
    });
  } catch (error) {
    answer = errorAnswer(presentable(error, whole.id, exchange));
  }
  if (answer) sendAnswer(request, response, answer);
}

/** Aborts when the caller leaves before it is answered. */
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

/** One signal for all requests of a connection: whoever leaves takes it along. Made per request it costs 6 µs. */
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
