import { randomUUID } from "node:crypto";
import {
  bareTypeOf,
  type IncomingCall,
  methodOf,
  readCall,
  readStreamMessage,
  writeEnd,
  writeError,
  writeReply,
  writeUnreadable,
  writeUnsupported,
} from "../codec/exchange.js";
import { type Codecs, loadProtobuf } from "../codec/index.js";
import { type Context, runInContext } from "../core/context.js";
import { type Deadline, deadlineIn, noDeadline } from "../core/deadline.js";
import { internal, MicroError, notFound, timeout } from "../core/errors.js";
import type { Log } from "../core/log.js";
import type { MethodTypes } from "../core/schema.js";
import type { Inbound, Message, MessageStream, TransportHandler } from "../transport/transport.js";
import type { CallCounts } from "./calls.js";
import type { Handler, StreamHandler } from "./server.js";
import { validate } from "./validate.js";

/** A method as it was registered. */
export type Method =
  | { readonly kind: "call"; readonly types: MethodTypes; readonly handler: Handler }
  | { readonly kind: "stream"; readonly types: MethodTypes; readonly handler: StreamHandler };

export interface RouterParts {
  readonly service: string;
  readonly codecs: Codecs;
  readonly counts: CallCounts;
  readonly log: Log;
}

/** Takes messages to the handlers of their methods, and the answers back. */
export class Router implements TransportHandler {
  readonly #parts: RouterParts;
  readonly #methods = new Map<string, Method>();

  constructor(parts: RouterParts) {
    this.#parts = parts;
  }

  /** Makes ready what the types of the methods need. */
  async prepare(): Promise<void> {
    const types = [...this.#methods.values()].flatMap(({ types }) => [types.request, types.response]);
    await loadProtobuf(...types);
  }

  add(name: string, method: Method): void {
    this.#methods.set(name, method);
  }

  opensStream(message: Message): boolean {
    try {
      return this.#methods.get(methodOf(message))?.kind === "stream";
    } catch {
      return false;
    }
  }

  async call(message: Message, inbound: Inbound): Promise<Message> {
    if (!this.#parts.codecs.has(bareTypeOf(message))) return writeUnsupported(message);
    const call = read(message);
    if (MicroError.is(call)) return writeUnreadable(message, call);
    const start = performance.now();
    const caller = message.header["X-Micro-From-Service"] ?? message.header["Micro-From-Service"] ?? "";
    try {
      const body = await this.#answer(call, message, inbound);
      this.#parts.counts.record(call.method, caller, performance.now() - start, false);
      return writeReply(call, body);
    } catch (error) {
      this.#parts.counts.record(call.method, caller, performance.now() - start, true);
      return writeError(call, this.#known(error, call));
    }
  }

  async stream(opening: Message, stream: MessageStream, inbound: Inbound): Promise<void> {
    const call = read(opening);
    if (MicroError.is(call)) return stream.send(writeUnreadable(opening, call));
    try {
      await this.#serve(call, opening, { stream, inbound });
      await stream.send(writeEnd(call));
    } catch (error) {
      if (!inbound.signal.aborted) await stream.send(writeError(call, this.#known(error, call)));
    } finally {
      await stream.close();
    }
  }

  async #answer(call: IncomingCall, message: Message, inbound: Inbound): Promise<Uint8Array> {
    const method = this.#find(call);
    if (method.kind === "stream")
      throw notFound("go.micro.server", `call "${call.method}": it is a stream`, misuse);
    const deadline = deadlineOf(message);
    if (deadline.left() === 0)
      throw timeout("go.micro.server", `${call.method}: out of time on arrival`, { executed: "no" });
    const codec = this.#parts.codecs.get(call.contentType);
    const { request, response } = method.types;
    const value = validate(`${call.method} request`, codec.decode(call.body, request), request);
    const checked = value instanceof Promise ? await value : value;
    const context = this.#context(call, message, { inbound, deadline });
    const answer = await runInContext(context, () => method.handler(checked, context));
    return codec.encode(answer ?? {}, response);
  }

  async #serve(
    call: IncomingCall,
    opening: Message,
    { stream, inbound }: { stream: MessageStream; inbound: Inbound },
  ): Promise<void> {
    const method = this.#find(call);
    if (method.kind === "call")
      throw notFound("go.micro.server", `stream "${call.method}": it answers once`, misuse);
    const codec = this.#parts.codecs.get(call.contentType);
    const { request, response } = method.types;
    let last = call;
    async function* requests(): AsyncGenerator<unknown> {
      for await (const message of stream) {
        last = readStreamMessage(call, message);
        yield await validate(`${call.method} request`, codec.decode(last.body, request), request);
      }
    }
    const context = this.#context(call, opening, { inbound, deadline: deadlineOf(undefined) });
    const answers = runInContext(context, () => method.handler(requests(), context));
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

  #find({ method }: IncomingCall): Method {
    const found = this.#methods.get(method);
    if (found) return found;
    const [type, ...rest] = method.split(".");
    if (rest.length !== 1)
      throw notFound("go.micro.server", `rpc: service/method request ill-formed: ${method}`, misuse);
    const typeKnown = [...this.#methods.keys()].some((name) => name.startsWith(`${type}.`));
    throw notFound(
      "go.micro.server",
      `rpc: can't find ${typeKnown ? "method" : "service"} ${method}`,
      misuse,
    );
  }

  #context(
    call: IncomingCall,
    { header }: Message,
    { inbound, deadline }: { inbound: Inbound; deadline: Deadline },
  ): Context {
    return {
      service: this.#parts.service,
      method: call.method,
      metadata: header,
      deadline,
      signal: inbound.signal,
      remote: inbound.remote,
    };
  }

  /** What a handler throws that is no `MicroError` stays in our log: its text may hold secrets. */
  #known(error: unknown, { method }: IncomingCall): MicroError {
    if (MicroError.is(error)) return error;
    const request = randomUUID();
    this.#parts.log.error({ err: error, method, request }, "handler failed");
    return internal(this.#parts.service, `${method}: internal error, see the log for request ${request}`);
  }
}

const misuse = { reason: "METHOD_NOT_FOUND" } as const;

function read(message: Message): IncomingCall | MicroError {
  try {
    return readCall(message);
  } catch (error) {
    return MicroError.from(error, "go.micro.server");
  }
}

/** The `Timeout` header: nanoseconds left, as a decimal; anything else is no deadline. */
function deadlineOf(message: Message | undefined): Deadline {
  const text = message?.header.Timeout;
  if (text === undefined || !/^\d{1,19}$/.test(text)) return noDeadline;
  return deadlineIn(Number(text) / 1e6);
}
