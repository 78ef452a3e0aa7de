import type { Closeable } from "../../../core/closeable.js";
import { unavailable } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import type { CallLimits, Connection } from "../../../transport/transport.js";
import { Feed } from "../feed/feed.js";
import { writeOpening } from "../feed/feed-message.js";
import { addressed, throwRefusal } from "../wire/mux-message.js";

/** Most unacknowledged messages to one peer. */
const maxInFlight = 1000;
/** Most messages that wait to be sent. Further ones are refused. */
const maxWaiting = 10_000;

/** A peer that speaks mux. Messages are sent in order, and acknowledged in any order. */
export class MuxPeer implements Closeable {
  readonly #connection: Connection;
  readonly #timeout: number;
  readonly #feeds = new Map<string, Feed>();
  readonly #waiting: (() => void)[] = [];
  #inFlight = 0;

  /** `timeout`: milliseconds for the subscribers behind a feed to acknowledge. */
  constructor(connection: Connection, timeout: number) {
    this.#connection = connection;
    this.#timeout = timeout;
  }

  /** Returns the feed to all subscribers without a queue behind `port`. */
  feed(port: string): Feed {
    const known = this.#feeds.get(port);
    return known?.open ? known : this.#begin(port);
  }

  #begin(port: string): Feed {
    const onOver = () => {
      if (this.#feeds.get(port) === feed) this.#feeds.delete(port);
    };
    const opening = this.#connection.stream(writeOpening(port));
    const feed = new Feed(opening, { timeout: this.#timeout, onOver });
    this.#feeds.set(port, feed);
    return feed;
  }

  /** Ends the feeds after what they have: the peer accepts nothing new. */
  retire(): void {
    for (const feed of this.#feeds.values()) feed.retire();
  }

  /** Resolves when the subscriber has acknowledged. @throws {MicroError} its error, or 408, or 503. */
  async send(topic: string, subscriber: string, message: Message, limits: CallLimits): Promise<void> {
    if (this.#inFlight >= maxInFlight) await this.#wait();
    this.#inFlight++;
    try {
      const reply = await this.#connection.call(addressed(topic, subscriber, message), limits);
      throwRefusal(subscriber, reply);
    } finally {
      this.#inFlight--;
      this.#waiting.shift()?.();
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.length < maxWaiting) return new Promise((resolve) => this.#waiting.push(resolve));
    throw unavailable("go.micro.broker", `${maxWaiting} messages wait already`, { executed: "no" });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
