import type { SubscribeOptions } from "../broker/broker.js";
import type { Closeable } from "../core/closeable.js";
import type { Context } from "../core/context.js";
import type { MessageType, MethodTypes, Received, Sent } from "../core/schema.js";

/** Takes the handlers; `types` is `{ request, response }`, each a schema or a protobuf message. */
export interface Handlers {
  /**
   * Answers `method`, written `Type.Method`.
   * @throws {MicroError} 400 when the method has a handler already, or the service has started.
   */
  handle<Request extends MessageType, Response extends MessageType>(
    method: string,
    types: MethodTypes<Request, Response>,
    handler: Handler<Received<Request>, Sent<Response>>,
  ): void;
  /** Answers the streams of `method`. @throws {MicroError} 400 as `handle` does. */
  stream<Request extends MessageType, Response extends MessageType>(
    method: string,
    types: MethodTypes<Request, Response>,
    handler: StreamHandler<Received<Request>, Sent<Response>>,
  ): void;
  /**
   * Takes the messages of `topic`; `type` of the options types and checks them.
   * @throws {MicroError} 400 when the service has started.
   */
  subscribe<Request extends MessageType>(
    topic: string,
    handler: Handler<Received<Request>, void>,
    options?: SubscriberOptions<Request>,
  ): void;
}

export interface SubscriberOptions<Request extends MessageType = MessageType> extends SubscribeOptions {
  readonly type?: Request;
}

/** Answers requests and messages with the handlers it was given. */
export interface Server extends Handlers, Closeable {
  /** `host:port` bound; empty before `start`. */
  readonly address: string;
  /** Binds the port and subscribes. @throws {MicroError} 503 when the port is taken. */
  start(): Promise<void>;
}

/** Returns one response, or a promise of it; `context.signal` aborts when the caller leaves or runs out of time. */
export type Handler<Request = unknown, Response = unknown> = (
  request: Request,
  context: Context,
) => Response | Promise<Response>;

/** Reads requests and yields responses, in any order of the two: an async generator, a generator, or any iterable. */
export type StreamHandler<Request = unknown, Response = unknown> = (
  requests: AsyncIterable<Request>,
  context: Context,
) => AsyncIterable<Response> | Iterable<Response>;
