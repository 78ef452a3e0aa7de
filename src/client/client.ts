import type { Abortable, Closeable } from "../core/closeable.js";
import type { MethodTypes } from "../core/schema.js";
import type { Metadata, Node } from "../core/service.js";
import type { SelectOptions } from "../selector/selector.js";

/** Calls methods of services, and publishes to topics. */
export interface Client extends Closeable {
  /**
   * Sends one request and returns the response. Retries failed attempts on other nodes when that is safe.
   * @throws {MicroError} The error that the service answered. 404 when no node is registered. 408 after the timeout. 503 when
   * no node answered: `executed` says whether one may have run the method.
   */
  call<Reply = unknown>(
    service: string,
    method: string,
    request: unknown,
    options?: CallOptions,
  ): Promise<Reply>;
  /**
   * Opens a stream on the first node that takes it.
   * @throws {MicroError} 404 when no node is registered. 503 when none takes the stream.
   */
  stream<Reply = unknown>(service: string, method: string, options?: CallOptions): Promise<Stream<Reply>>;
  /**
   * Publishes a value to a topic. When it resolves depends on the broker: docs/brokers.md has a table. A `Uint8Array` is sent
   * as it is.
   * @throws {MicroError} 400 for a topic that cannot be carried. 503 when the broker does not answer, or a subscriber failed.
   */
  publish(topic: string, value: unknown, options?: PublishOptions): Promise<void>;
}

/**
 * A stream of a client. Send with `send`, iterate to receive. A broken stream throws; it never ends like a complete
 * one.
 */
export interface Stream<Reply> extends AsyncIterable<Reply>, Closeable {
  /**
   * Sends a request. Resolves when the node can take more.
   * @throws {MicroError} 400 when the value does not encode.
   */
  send(request: unknown): Promise<void>;
  /** Ends the sending side: the handler's loop over requests ends. Receiving goes on. */
  end(): Promise<void>;
}

/** Options of `Client.call` and `Client.stream`. */
export interface CallOptions extends Abortable {
  /** Types of the method. Only protobuf types change what is sent: others encode as JSON. Default: none. */
  readonly types?: MethodTypes;
  /** Milliseconds for the whole call, with all its attempts. Default 5000. A stream has no timeout by default. */
  readonly timeout?: number;
  /** Metadata to send. Names are sent in canonical HTTP case. A handler's own calls also carry what it received. */
  readonly metadata?: Metadata;
  /** Content type of request and reply. Default: protobuf for protobuf types, else JSON. */
  readonly contentType?: string;
  /**
   * True if the method may run twice without harm: it may then be retried and hedged. Default: what the registry
   * says.
   */
  readonly idempotent?: boolean;
  /** Number of attempts after the first, hedges not counted; for a stream: to open it. Default 2. */
  readonly retries?: number;
  /** The one node to call, by id or `host:port`. It has to be a node of the service. Default: any. */
  readonly node?: string;
  /**
   * Lets `node` be any `host:port`, registered or not. Do not set it from input that is not trusted. Default false.
   */
  readonly anywhere?: boolean;
  /** Filters and strategy to select a node with. */
  readonly select?: SelectOptions;
  /** Request and reply are encoded bytes of `contentType`, passed through unchanged. Default false. */
  readonly raw?: boolean;
  /** Called once, before the call settles, with how it went. */
  readonly onDone?: (report: CallReport) => void;
}

/** How a call went. */
export interface CallReport {
  /** Version of the service that the last node belongs to. Empty if it is not known. */
  readonly version: string;
  /** The last node that was tried. Undefined if there was none. */
  readonly node: Node | undefined;
  /** Number of requests that were sent. */
  readonly attempts: number;
  /** Milliseconds that the whole call took. */
  readonly duration: number;
}

/** Options of `Client.publish`. */
export interface PublishOptions extends Abortable {
  /** Metadata to send in the header of the message. Credentials are left out. */
  readonly metadata?: Metadata;
  /** Content type of the body. Default: protobuf for protobuf types, else JSON. */
  readonly contentType?: string;
  /** Type of the value. Only a protobuf type changes what is sent. */
  readonly types?: Pick<MethodTypes, "request">;
}
