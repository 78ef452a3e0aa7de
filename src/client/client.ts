import type { Abortable, Closeable } from "../core/closeable.js";
import type { MethodTypes } from "../core/schema.js";
import type { Metadata, Node } from "../core/service.js";
import type { SelectOptions } from "../selector/selector.js";

/** Calls methods of services, and publishes to topics. `CallOptions` may carry the `types` of the method: they type `Reply`. */
export interface Client extends Closeable {
  /** One request, one response. @throws {MicroError} what the service answered; 404 no node; 408 out of time. */
  call<Reply = unknown>(
    service: string,
    method: string,
    request: unknown,
    options?: CallOptions,
  ): Promise<Reply>;
  stream<Reply = unknown>(service: string, method: string, options?: CallOptions): Promise<Stream<Reply>>;
  publish(topic: string, value: unknown, options?: PublishOptions): Promise<void>;
}

/** Requests go out by `send`, responses come in by the loop. */
export interface Stream<Reply> extends AsyncIterable<Reply>, Closeable {
  send(request: unknown): Promise<void>;
  end(): Promise<void>;
}

export interface CallOptions extends Abortable {
  readonly types?: MethodTypes;
  /** Milliseconds for the whole call, all attempts included. Default 5000; a stream has none. */
  readonly timeout?: number;
  readonly metadata?: Metadata;
  /** Of request and reply. Default: protobuf for protobuf types, else JSON. */
  readonly contentType?: string;
  /** The method may run twice without harm: it may be retried and hedged. Default: what the registry says of it. */
  readonly idempotent?: boolean;
  /** Attempts after the first. Default 2. */
  readonly retries?: number;
  /** The one node to call, by id or `host:port`: a node of that service. */
  readonly node?: string;
  /** `node` may be any `host:port`: whoever operates the program allows it. */
  readonly anywhere?: boolean;
  readonly select?: SelectOptions;
  /** Request and reply are bytes of `contentType`, handed on as they are. */
  readonly raw?: boolean;
  /** Told how the call went, once, before it settles. */
  readonly onDone?: (report: CallReport) => void;
}

export interface CallReport {
  readonly version: string;
  /** The last node tried. */
  readonly node: Node | undefined;
  readonly attempts: number;
  /** Milliseconds. */
  readonly duration: number;
}

export interface PublishOptions extends Abortable {
  readonly metadata?: Metadata;
  readonly contentType?: string;
  readonly types?: Pick<MethodTypes, "request">;
}
