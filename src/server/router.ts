import { type Codec, type Codecs, loadProtobuf } from "../codec/index.js";
import {
  bareTypeOf,
  bodyOf,
  type IncomingCall,
  methodOf,
  notExecuted,
  numbered,
  readCall,
  reusable,
  writeEnd,
  writeError,
  writeMissing,
  writeReply,
  writeUnreadable,
  writeUnsupported,
} from "../codec/rpc/rpc.js";
import { runInContext } from "../core/context.js";
import { errorForCaller } from "../core/error-for-caller.js";
import { badRequest, MicroError, notFound, timeout } from "../core/errors.js";
import type { Log } from "../core/log/log.js";
import { headerEntry } from "../core/message.js";
import { isProtobuf, type MessageType, type MethodTypes } from "../core/schema.js";
import type { Metadata } from "../core/service.js";
import type { Inbound, Message, MessageStream, TransportHandler } from "../transport/transport.js";
import { CallContext } from "./call-context.js";
import type { CallCounts, Counter } from "./call-counts.js";
import { isGenerator, manyAnswers } from "./declared/generators.js";
import { RunningCalls } from "./running-calls.js";
import { Lingering, type RunningCall } from "./running-list.js";
import { answerEncoder, type EncodeAnswer } from "./schema/float-answers.js";
import { validate } from "./schema/validate.js";
import type { Handler, StreamHandler } from "./server.js";
import { serveStream } from "./stream-calls.js";

/** A method as it was registered. */
export type Method =
  | { readonly kind: "call"; readonly types: MethodTypes; readonly handler: Handler }
  | { readonly kind: "stream"; readonly types: MethodTypes; readonly handler: StreamHandler };

interface Named {
  /** Name of its requests in errors. */
  readonly request: string;
  readonly encode: EncodeAnswer;
  readonly lingering: Lingering;
}

/** Where calls with a given header go. Cached for transports that pass the same header object again. */
interface Route {
  readonly service: string;
  readonly method: string;
  /** The first call of the route. Later ones differ only in body and id. */
  readonly call: IncomingCall;
  readonly target: Extract<Method, { kind: "call" }> & Named;
  readonly codec: Codec;
  readonly counter: Counter;
}

export interface RouterParts {
  readonly service: string;
  readonly codecs: Codecs;
  readonly counts: CallCounts;
  readonly log: Log;
  /** Most handlers of one method that may still run when their calls are over. Default 1024. */
  readonly maxCalls?: number;
}

/** Passes messages to the handlers of their methods, and returns the replies. */
export class Router implements TransportHandler {
  readonly #parts: RouterParts;
  readonly #methods = new Map<string, Method & Named>();
  /** Cached routes, by the header object that a transport passes again. */
  readonly #routes = new WeakMap<Metadata, Route>();
  readonly #running: RunningCalls;
  readonly #maxLingering: number;

  constructor(parts: RouterParts) {
    this.#parts = parts;
    this.#running = new RunningCalls(parts.log);
    this.#maxLingering = parts.maxCalls ?? 1024;
  }

  /** What runs now, and what runs on although its call is over. */
  get running(): RunningCalls {
    return this.#running;
  }

  /** The number of handlers of a method that have run on for a while after their calls ended. */
  overdueOf(method: string): number {
    return this.#methods.get(method)?.lingering.overdue ?? 0;
  }

  /** True if so many handlers run on that the node should get fewer calls. */
  get manyOverdue(): boolean {
    return this.#running.overdue >= Math.max(1, this.#maxLingering / 4);
  }

  /** Loads the protobuf runtime if any method needs it. */
  async prepare(): Promise<void> {
    const types = [...this.#methods.values()].flatMap(({ types }) => [types.request, types.response]);
    await loadProtobuf(...types);
  }

  /** @throws {MicroError} 400 if the method already has a handler: one of the two would silently never run. */
  add(name: string, method: Method): void {
    if (this.#methods.has(name))
      throw badRequest("go.micro.server", `handle "${name}": the method already has a handler`, {
        reason: "USAGE",
      });
    const encode = answerEncoder(method.types.response);
    this.#methods.set(name, {
      ...method,
      request: `${name} request`,
      encode,
      lingering: new Lingering(name),
    });
  }

  opensStream(message: Message): boolean {
    if (message.base && this.#routes.has(message.base)) return false;
    try {
      return this.#methods.get(methodOf(message))?.kind === "stream";
    } catch {
      return false;
    }
  }

  call(message: Message, inbound: Inbound): Promise<Message> {
    const known = message.base && this.#routes.get(message.base);
    if (known) return this.#answer(known, bodyOf(known.call, message), { message, inbound });
    if (!this.#parts.codecs.has(bareTypeOf(message))) return Promise.resolve(writeUnsupported(message));
    const call = readOrError(message);
    if (MicroError.is(call)) return Promise.resolve(writeUnreadable(message, call));
    const counter = this.#parts.counts.of(call.method, callerOf(message.base ?? message.header));
    try {
      const route = this.#route(call, counter);
      if (message.base) this.#remember(message.base, route);
      return this.#answer(route, call.body, { message, inbound });
    } catch (error) {
      counter.record(0, true);
      const sent = this.#errorForCaller(error, call.method);
      return Promise.resolve(
        sent.reason === "METHOD_NOT_FOUND" ? writeMissing(call, sent) : writeError(call, sent),
      );
    }
  }

  #route(call: IncomingCall, counter: Counter): Route {
    const { service, codecs } = this.#parts;
    const { method } = call;
    const target = this.#find(call);
    if (target.kind === "stream")
      throw notFound("go.micro.server", `call "${method}": it is a stream`, misuse);
    return { service, method, call, target, codec: codecs.get(call.contentType), counter };
  }

  #remember(base: Metadata, route: Route): void {
    const call = reusable(route.call);
    if (call) this.#routes.set(base, { ...route, call });
  }

  async stream(opening: Message, stream: MessageStream, inbound: Inbound): Promise<void> {
    const call = readOrError(opening);
    if (MicroError.is(call)) return stream.send(writeUnreadable(opening, call));
    const full = this.#full(this.#methods.get(call.method)?.lingering);
    if (full !== undefined) return stream.send(notExecuted(opening, full, "OVERLOADED"));
    try {
      await this.#serve(call, opening, { stream, inbound });
      await stream.send(writeEnd(call));
    } catch (error) {
      if (!inbound.signal.aborted)
        await stream.send(writeError(call, this.#errorForCaller(error, call.method)));
    } finally {
      await stream.close();
    }
  }

  /**
   * Runs the handler of a route. Promises are chained by hand: on Node 20 each one created in an `AsyncLocalStorage`
   * context costs 0.3 µs more, and an async function creates two.
   */
  #answer(
    route: Route,
    body: Uint8Array,
    { message, inbound }: { readonly message: Message; readonly inbound: Inbound },
  ): Promise<Message> {
    const { target, codec, counter } = route;
    const full = this.#full(target.lingering);
    if (full !== undefined) return Promise.resolve(notExecuted(message, full, "OVERLOADED"));
    const call = numbered(route.call, message);
    const { request, response } = target.types;
    const start = performance.now();
    let running: RunningCall | undefined;
    const failed = (error: unknown) => {
      if (running) this.#running.done(running);
      counter.record(performance.now() - start, true);
      return writeError(call, this.#errorForCaller(error, route.method));
    };
    const answered = (answer: unknown) => {
      if (running) this.#running.done(running);
      try {
        const bytes = target.encode(codec, isNothing(answer, response) ? {} : answer);
        // A generator encodes as `{}`, so only short replies need this check.
        if (bytes.length < 4 && isGenerator(answer)) throw manyAnswers(route.service, route.method);
        counter.record(performance.now() - start, false);
        return writeReply(call, bytes);
      } catch (error) {
        return failed(error);
      }
    };
    try {
      const end = endOf(message, inbound, start);
      if (end <= start)
        throw timeout("go.micro.server", `${route.method}: out of time on arrival`, { executed: "no" });
      const context = new CallContext(route, message, { inbound, end });
      const value = validate(target.request, codec.decode(body, request), request);
      const answering =
        value instanceof Promise
          ? value.then((checked) => runInContext(context, target.handler, checked, context))
          : runInContext(context, target.handler, value, context);
      running = this.#running.start({ lingering: target.lingering, inbound, call }, end);
      const reply = Promise.resolve(answering).then(answered, failed);
      return inbound.answer ? reply : this.#running.first(running, reply);
    } catch (error) {
      return Promise.resolve(failed(error));
    }
  }

  async #serve(
    call: IncomingCall,
    opening: Message,
    { stream, inbound }: { stream: MessageStream; inbound: Inbound },
  ): Promise<void> {
    const target = this.#find(call);
    if (target.kind === "call")
      throw notFound("go.micro.server", `stream "${call.method}": it answers once`, misuse);
    const codec = this.#parts.codecs.get(call.contentType);
    const named = { service: this.#parts.service, method: call.method };
    const context = new CallContext(named, opening, { inbound, end: Number.POSITIVE_INFINITY });
    const failedLate = (err: unknown) =>
      this.#parts.log.error({ err, method: call.method }, "handler failed");
    const running = this.#running.start(
      { lingering: target.lingering, inbound, call },
      Number.POSITIVE_INFINITY,
    );
    const served = serveStream({ call, target, codec, context, failedLate }, stream, inbound).finally(() =>
      this.#running.done(running),
    );
    await new Promise<unknown>((resolve) => {
      running.answer = resolve;
      served.then(resolve, resolve);
    });
    if (!inbound.signal.aborted) await served; // throws what the handler threw
  }

  /** Why a call is refused if too many handlers of its method run on although their calls are over. */
  #full(lingering: Lingering | undefined): string | undefined {
    if (lingering === undefined || lingering.count < this.#maxLingering) return undefined;
    this.#running.refused(lingering);
    return `${lingering.count} handlers of ${lingering.method} still run after their callers stopped waiting`;
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

  /** Only a `MicroError` goes to the caller. Anything else is logged here: its text may hold secrets. */
  #errorForCaller(error: unknown, method: string): MicroError {
    const { service: id, log } = this.#parts;
    const detail = `${method}: internal error, see the log`;
    return errorForCaller(error, { id, log, text: "handler failed", fields: { method }, detail });
  }
}

/** True if the reply is `{}`: the handler returned undefined, or null, which has no protobuf form. */
function isNothing(answer: unknown, type: MessageType | undefined): boolean {
  return answer === undefined || (answer === null && isProtobuf(type));
}

const misuse = { reason: "METHOD_NOT_FOUND" } as const;

function readOrError(message: Message): IncomingCall | MicroError {
  try {
    return readCall(message);
  } catch (error) {
    return MicroError.from(error, "go.micro.server");
  }
}

function callerOf(header: Metadata): string {
  return header["X-Micro-From-Service"] ?? header["Micro-From-Service"] ?? "";
}

/** When the caller stops waiting: from the `Timeout` header (nanoseconds, decimal), else from the transport. */
function endOf(message: Message, { timeout }: Inbound, now: number): number {
  const text = headerEntry(message, "Timeout");
  if (text !== undefined && /^\d{1,19}$/.test(text)) return now + Number(text) / 1e6;
  return timeout === undefined ? Number.POSITIVE_INFINITY : now + timeout;
}
