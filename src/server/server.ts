import type { SubscribeOptions } from "../broker/broker.js";
import type { Closeable } from "../core/closeable.js";
import type { Context } from "../core/context.js";
import type { MessageType, MethodTypes, Received, Sent } from "../core/schema.js";

/** Registers handlers. Register them before the service starts. */
export interface Handlers {
  /**
   * Adds a handler for the calls of a method, written `Type.Method` with exactly one dot. Requests are checked against `types.request`.
   * @throws {MicroError} 400 with reason `USAGE` when the method already has a handler, the service has started, or an
   * argument is wrong: the text says what to write.
   */
  handle<Request extends MessageType, Response extends MessageType>(
    method: string,
    types: MethodTypes<Request, Response>,
    handler: Handler<Received<Request>, Sent<Response>>,
  ): void;
  /**
   * Adds a handler for the streams of a method, written `Type.Method`. Each request is checked against `types.request`.
   * @throws {MicroError} 400 with reason `USAGE` when the method already has a handler, the service has started, or an
   * argument is wrong: the text says what to write.
   */
  stream<Request extends MessageType, Response extends MessageType>(
    method: string,
    types: MethodTypes<Request, Response>,
    handler: StreamHandler<Received<Request>, Sent<Response>>,
  ): void;
  /**
   * Adds a subscriber of a topic. Messages are checked against `options.type`. A topic may have several.
   * @throws {MicroError} 400 for a topic that cannot be carried, when the service has started, or for a wrong argument.
   */
  subscribe<Request extends MessageType>(
    topic: string,
    handler: Handler<Received<Request>, void>,
    options?: SubscriberOptions<Request>,
  ): void;
}

/** Options of `Handlers.subscribe`. */
export interface SubscriberOptions<Request extends MessageType = MessageType> extends SubscribeOptions {
  /** Type of the messages. Default: any value. */
  readonly type?: Request;
}

/** Answers calls and messages with its handlers. */
export interface Server extends Handlers, Closeable {
  /** The `host:port` that is bound. Empty before `start`. */
  readonly address: string;
  /**
   * Binds the port and subscribes.
   * @throws {MicroError} 503 with reason `ADDRESS_IN_USE` when the port is taken.
   */
  start(): Promise<void>;
}

/**
 * Handles one call or message. Returns the response, or a promise of it. A `MicroError` that it throws is sent to the caller;
 * anything else becomes a 500 without its text, and is logged. Stop when `context.signal` aborts.
 */
export type Handler<Request = unknown, Response = unknown> = (
  request: Request,
  context: Context,
) => Response | Promise<Response>;

/**
 * Handles one stream: iterates over the requests and yields responses, in any order. An async generator, a generator, or a
 * function that returns any iterable. Errors are treated as those of a `Handler`.
 */
export type StreamHandler<Request = unknown, Response = unknown> = (
  requests: AsyncIterable<Request>,
  context: Context,
) => AsyncIterable<Response> | Iterable<Response>;
