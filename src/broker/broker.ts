import type { Abortable, Closeable } from "../core/closeable.js";
import type { Message } from "../core/message.js";

/** Carries messages by topic. Implementations: `http`, `memory`, `nats`, `redis`. */
export interface Broker extends Closeable {
  /** Name of the implementation, such as `http`. */
  readonly name: string;
  /** `host:port` or URL. Empty until connected. */
  readonly address: string;
  /** Connects, unless connected. @throws {MicroError} 503 when the server of the broker does not answer. */
  connect(options?: Abortable): Promise<void>;
  /**
   * Publishes a message. When it resolves depends on the broker: docs/brokers.md has a table. Credentials in the header
   * (`Authorization`, `Cookie`, `Proxy-Authorization`) are left out.
   * @throws {MicroError} 400 for a topic that cannot be carried. 413 for a body that is too large. 503 when the server does
   * not answer, or a subscriber of `http` or `memory` failed.
   */
  publish(topic: string, message: Message, options?: Abortable): Promise<void>;
  /**
   * Subscribes to a topic. Every message published after it has resolved is delivered.
   * @throws {MicroError} 400 for a topic that cannot be carried. 503 when the server does not answer.
   */
  subscribe(
    topic: string,
    handler: (publication: Publication) => Promise<void>,
    options?: SubscribeOptions,
  ): Promise<Subscription>;
}

/** Options of a subscription. */
export interface SubscribeOptions extends Abortable {
  /**
   * Name of a queue. Subscribers of one queue share its messages. Default: none, and the subscriber gets every
   * message.
   */
  readonly queue?: string;
  /** Acknowledges when the handler resolves. False: the handler calls `Publication.ack`. Default true. */
  readonly autoAck?: boolean;
  /** Called when messages may have been missed, such as after a reconnect. `reason` is a text for people. */
  readonly onGap?: (reason: string) => void;
}

/** An active subscription. Closing it unsubscribes. */
export interface Subscription extends Closeable {
  /** The topic, as given to `subscribe`. */
  readonly topic: string;
}

/** A message as a subscriber receives it. */
export interface Publication {
  /** The topic that it was published to. */
  readonly topic: string;
  /** The message. Subscribers of one process may share it: do not change its header or body. */
  readonly message: Message;
  /** Acknowledges the message. Only needed with `autoAck: false`. Acknowledging twice is not an error. */
  ack(): Promise<void>;
}
