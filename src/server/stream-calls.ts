import type { Codec } from "../codec/index.js";
import { bodyOf, type IncomingCall, readStreamMessage, reusable, writeReply } from "../codec/rpc/rpc.js";
import { type Context, runInContext } from "../core/context.js";
import type { MethodTypes } from "../core/schema.js";
import { StreamReader } from "../transport/stream-reader.js";
import { type Inbound, type Message, type MessageStream, sent } from "../transport/transport.js";
import { isIterable, noAnswers } from "./declared/generators.js";
import type { EncodeAnswer } from "./schema/float-answers.js";
import { validate } from "./schema/validate.js";
import type { StreamHandler } from "./server.js";

/** A stream that a caller has opened, and the method that serves it. */
export interface StreamCall {
  readonly call: IncomingCall;
  readonly target: {
    readonly types: MethodTypes;
    readonly handler: StreamHandler;
    /** Name of its requests in errors. */
    readonly request: string;
    readonly encode: EncodeAnswer;
  };
  readonly codec: Codec;
  readonly context: Context;
  /** Called with an error that occurs after the caller has its answer. */
  readonly failedLate: (error: unknown) => void;
}

/** Runs the handler of a stream until it ends or the caller disconnects. @throws The error of the handler. */
export function serveStream(opened: StreamCall, stream: MessageStream, inbound: Inbound): Promise<void> {
  // Runs the whole loop in the context, so that each step of an async generator has it.
  return runInContext(opened.context, serve, opened, stream, inbound);
}

async function serve(
  { call, target, codec, context, failedLate }: StreamCall,
  stream: MessageStream,
  { signal }: Inbound,
): Promise<void> {
  const { request } = target.types;
  const known = reusable(call);
  /** The last request that was read: on some wires, a reply repeats its id. */
  let last = known ?? call;
  const read = (message: Message) => {
    const same = known !== undefined && message.base !== undefined;
    if (!same) last = readStreamMessage(call, message);
    const body = same ? bodyOf(known, message) : last.body;
    const value = validate(target.request, codec.decode(body, request), request);
    return value instanceof Promise ? value.then(resultOf) : resultOf(value);
  };
  const answers: unknown = target.handler(new StreamReader(stream, read), context);
  if (typeof answers !== "object" || answers === null || !isIterable(answers)) {
    Promise.resolve(answers).catch(failedLate); // the handler may have returned a promise that rejects
    throw noAnswers(context.service, context.method);
  }
  const iterator = iteratorOf(answers);
  /** Stops the generator. Errors of its cleanup are dropped, as the caller is gone. */
  const leave = () => void runInContext(context, async () => iterator.return?.()).catch(() => undefined);
  signal.addEventListener("abort", leave, { once: true });
  for (;;) {
    const { done, value } = await iterator.next();
    if (done || signal.aborted) return;
    try {
      const sending = stream.send(writeReply(last, target.encode(codec, value)));
      if (sending !== sent) await sending;
    } catch (error) {
      leave();
      throw error;
    }
  }
}

/** Handlers may also return a synchronous iterable. */
function iteratorOf(
  answers: AsyncIterable<unknown> | Iterable<unknown>,
): AsyncIterator<unknown> | Iterator<unknown> {
  return Symbol.asyncIterator in answers ? answers[Symbol.asyncIterator]() : answers[Symbol.iterator]();
}

function resultOf(value: unknown): IteratorResult<unknown> {
  return { done: false, value };
}
