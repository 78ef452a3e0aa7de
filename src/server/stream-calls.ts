import { bodyOf, type IncomingCall, readStreamMessage, reusable, writeReply } from "../codec/exchange.js";
import type { Codec } from "../codec/index.js";
import { type Context, runInContext } from "../core/context.js";
import type { MethodTypes } from "../core/schema.js";
import type { Inbound, MessageStream } from "../transport/transport.js";
import type { StreamHandler } from "./server.js";
import { validate } from "./validate.js";

/** A stream that a caller has opened, and what serves it. */
export interface StreamCall {
  readonly call: IncomingCall;
  readonly target: {
    readonly types: MethodTypes;
    readonly handler: StreamHandler;
    /** What errors call its requests. */
    readonly request: string;
  };
  readonly codec: Codec;
  readonly context: Context;
}

/** Runs the handler of a stream until it is through, or the caller has left. @throws what the handler throws. */
export async function serveStream(
  { call, target, codec, context }: StreamCall,
  stream: MessageStream,
  inbound: Inbound,
): Promise<void> {
  const { request, response } = target.types;
  const known = reusable(call);
  let last = known ?? call;
  async function* requests(): AsyncGenerator<unknown> {
    for await (const message of stream) {
      const same = known && message.base !== undefined;
      if (!same) last = readStreamMessage(call, message);
      const body = same ? bodyOf(known, message) : last.body;
      yield await validate(target.request, codec.decode(body, request), request);
    }
  }
  const answers = runInContext(context, target.handler, requests(), context);
  const iterator = answers[Symbol.asyncIterator]();
  inbound.signal.addEventListener("abort", () => void iterator.return?.().catch(() => undefined), {
    once: true,
  });
  for (;;) {
    const { done, value } = await runInContext(context, () => iterator.next());
    if (done || inbound.signal.aborted) return;
    await stream.send(writeReply(last, codec.encode(value, response)));
  }
}
