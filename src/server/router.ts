import { randomUUID } from "node:crypto";
import {
  bareTypeOf,
  type IncomingCall,
  methodOf,
  nextCall,
  readCall,
  readStreamMessage,
  reusable,
  writeEnd,
  writeError,
  writeReply,
  writeUnreadable,
  writeUnsupported,
} from "../codec/exchange.js";
import { type Codecs, loadProtobuf } from "../codec/index.js";
import { type Context, runInContext } from "../core/context.js";
import { type Deadline, deadlineAt, noDeadline } from "../core/deadline.js";
import { internal, MicroError, notFound, timeout } from "../core/errors.js";
import type { Log } from "../core/log.js";
import type { MethodTypes } from "../core/schema.js";
import type { Metadata } from "../core/service.js";
import type { Inbound, Message, MessageStream, TransportHandler } from "../transport/transport.js";
import { CallContext } from "./call-context.js";
import type { CallCounts } from "./calls.js";
import type { Handler, StreamHandler } from "./server.js";
import { validate } from "./validate.js";

/** A method as it was registered. */
export type Method =
  | { readonly kind: "call"; readonly types: MethodTypes; readonly handler: Handler }
  | { readonly kind: "stream"; readonly types: MethodTypes; readonly handler: StreamHandler };

interface Named {
  /** What errors call its requests. */
  readonly request: string;
}

export interface RouterParts {
  readonly service: string;
  readonly codecs: Codecs;
  readonly counts: CallCounts;
  readonly log: Log;
}

/** Takes messages to the handlers of their methods, and the answers back. */
export class Router implements TransportHandler {
  readonly #parts: RouterParts;
  readonly #methods = new Map<string, Method & Named>();
  /** What was read of headers whose base comes again as the same object. */
  readonly #known = new WeakMap<Metadata, IncomingCall>();

  constructor(parts: RouterParts) {
    this.#parts = parts;
  }

  /** Makes ready what the types of the methods need. */
  async prepare(): Promise<void> {
    const types = [...this.#methods.values()].flatMap(({ types }) => [types.request, types.response]);
    await loadProtobuf(...types);
  }

  add(name: string, method: Method): void {
    this.#methods.set(name, { ...method, request: `${name} request` });
  }

  opensStream(message: Message): boolean {
    try {
      return this.#methods.get(methodOf(message))?.kind === "stream";
    } catch {
      return false;
    }
  }

  async call(message: Message, inbound: Inbound): Promise<Message> {
    const call = message.base && this.#known.get(message.base);
    if (call) return this.#answer(nextCall(call, message.body), message, inbound);
    if (!this.#parts.codecs.has(bareTypeOf(message))) return writeUnsupported(message);
    const read = readOrError(message);
    if (MicroError.is(read)) return writeUnreadable(message, read);
    if (message.base) this.#remember(message.base, read);
    return this.#answer(read, message, inbound);
  }

  #remember(base: Metadata, call: IncomingCall): void {
    const known = reusable(call);
    if (known) this.#known.set(base, known);
  }

  async stream(opening: Message, stream: MessageStream, inbound: Inbound): Promise<void> {
    const call = readOrError(opening);
    if (MicroError.is(call)) return stream.send(writeUnreadable(opening, call));
    try {
      await this.#serve(call, opening, { stream, inbound });
      await stream.send(writeEnd(call));
    } catch (error) {
      if (!inbound.signal.aborted) await stream.send(writeError(call, this.#told(error, call)));
    } finally {
      await stream.close();
    }
  }

  async #answer(call: IncomingCall, message: Message, inbound: Inbound): Promise<Message> {
    const start = performance.now();
    try {
      const method = this.#find(call);
      if (method.kind === "stream")
        throw notFound("go.micro.server", `call "${call.method}": it is a stream`, misuse);
      const deadline = deadlineOf(message, inbound, start);
      if (deadline.at <= start)
        throw timeout("go.micro.server", `${call.method}: out of time on arrival`, { executed: "no" });
      const codec = this.#parts.codecs.get(call.contentType);
      const { request, response } = method.types;
      const value = validate(method.request, codec.decode(call.body, request), request);
      const checked = value instanceof Promise ? await value : value;
      const context = this.#context(call, message, { inbound, deadline });
      const answer = await runInContext(context, method.handler, checked, context);
      const body = codec.encode(answer ?? {}, response);
      this.#count(call, message, start, false);
      return writeReply(call, body);
    } catch (error) {
      this.#count(call, message, start, true);
      return writeError(call, this.#told(error, call));
    }
  }

  #count({ method }: IncomingCall, { header }: Message, start: number, failed: boolean): void {
    const caller = header["X-Micro-From-Service"] ?? header["Micro-From-Service"] ?? "";
    this.#parts.counts.record(method, caller, performance.now() - start, failed);
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
    const known = reusable(call);
    let last = known ?? call;
    async function* requests(): AsyncGenerator<unknown> {
      for await (const message of stream) {
        last = known && message.base ? nextCall(known, message.body) : readStreamMessage(call, message);
        yield await validate(method.request, codec.decode(last.body, request), request);
      }
    }
    const context = this.#context(call, opening, { inbound, deadline: noDeadline });
    const answers = runInContext(context, method.handler, requests(), context);
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

  #find({ method }: IncomingCall): Method & Named {
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
    return new CallContext(this.#parts.service, call.method, header, { inbound, deadline });
  }

  /** What a handler throws that is no `MicroError` stays in our log: its text may hold secrets. */
  #told(error: unknown, { method }: IncomingCall): MicroError {
    if (MicroError.is(error)) return error;
    const request = randomUUID();
    this.#parts.log.error({ err: error, method, request }, "handler failed");
    return internal(this.#parts.service, `${method}: internal error, see the log for request ${request}`);
  }
}

const misuse = { reason: "METHOD_NOT_FOUND" } as const;

function readOrError(message: Message): IncomingCall | MicroError {
  try {
    return readCall(message);
  } catch (error) {
    return MicroError.from(error, "go.micro.server");
  }
}

/** When the caller stops waiting: what the wire says, or the `Timeout` header, in nanoseconds as a decimal. */
function deadlineOf({ header }: Message, { timeout }: Inbound, now: number): Deadline {
  const text = header.Timeout;
  if (text !== undefined && /^\d{1,19}$/.test(text)) return deadlineAt(now + Number(text) / 1e6);
  return timeout === undefined ? noDeadline : deadlineAt(now + timeout);
}
