import type { SubscribeOptions } from "../broker/broker.js";
import type { Closeable } from "../core/closeable.js";
import type { Context } from "../core/context.js";
import type { MessageType, MethodTypes, Received, Sent } from "../core/schema.js";

/** Takes the handlers; `types` is `{ request, response }`, each a schema or a protobuf message. */
export interface Handlers {
  /** Answers `method`, written `Type.Method`. */
  handle<Request extends MessageType, Response extends MessageType>(
    method: string,
    types: MethodTypes<Request, Response>,
    handler: Handler<Received<Request>, Sent<Response>>,
  ): void;
  stream<Request extends MessageType, Response extends MessageType>(
    method: string,
    types: MethodTypes<Request, Response>,
    handler: StreamHandler<Received<Request>, Sent<Response>>,
  ): void;
  /** Takes the messages of `topic`; `type` of the options types and checks them. */
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
  start(): Promise<void>;
}

/** Returns one response; `context.signal` aborts when the caller leaves or runs out of time. */
export type Handler<Request = unknown, Response = unknown> = (
  request: Request,
  context: Context,
) => Promise<Response>;

/** Reads requests and yields responses, in any order of the two. */
export type StreamHandler<Request = unknown, Response = unknown> = (
  requests: AsyncIterable<Request>,
  context: Context,
) => AsyncIterable<Response>;
