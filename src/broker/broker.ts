import type { Abortable, Closeable } from "../core/closeable.js";
import type { Message } from "../core/message.js";

/** Carries messages by topic. Implementations: `http`, `memory`, `nats`, `redis`. */
export interface Broker extends Closeable {
  readonly name: string;
  /** `host:port` or URL; empty until connected. */
  readonly address: string;
  connect(options?: Abortable): Promise<void>;
  /** Credentials in the header (`Authorization`, `Cookie`, `Proxy-Authorization`) are left out. */
  publish(topic: string, message: Message, options?: Abortable): Promise<void>;
  /** Resolves once in force: a message published after that is not missed. */
  subscribe(
    topic: string,
    handler: (publication: Publication) => Promise<void>,
    options?: SubscribeOptions,
  ): Promise<Subscription>;
}

export interface SubscribeOptions extends Abortable {
  /** Subscribers of one queue share its messages; without a queue each gets all. */
  readonly queue?: string;
  /** Acknowledges when the handler resolves. Default true. */
  readonly autoAck?: boolean;
  /** Hears that messages may have been missed, as after a reconnect. */
  readonly onGap?: (reason: string) => void;
}

/** Closing it unsubscribes. */
export interface Subscription extends Closeable {
  readonly topic: string;
}

/**
 * Acknowledged when the handler resolves, or by `ack` under `autoAck: false`. The subscribers of one process may share
 * the message: its header and body are read, not written.
 */
export interface Publication {
  readonly topic: string;
  readonly message: Message;
  ack(): Promise<void>;
}
