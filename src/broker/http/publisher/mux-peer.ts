import type { Closeable } from "../../../core/closeable.js";
import { unavailable } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import type { CallLimits, Connection } from "../../../transport/transport.js";
import { Feed } from "../feed/feed.js";
import { writeOpening } from "../feed/feed-message.js";
import { addressed, throwRefusal } from "../wire/mux-message.js";

/** Messages on their way to one peer at one time; more wait, and beyond `maxWaiting` they are refused. */
const maxInFlight = 1000;
const maxWaiting = 10_000;

/** A peer of ours: messages go out in their order, and are acknowledged in any. */
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

  /** What reaches all subscribers without a queue behind `port`. */
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

  /** The peer takes nothing new: its feeds end behind what they have. */
  retire(): void {
    for (const feed of this.#feeds.values()) feed.retire();
  }

  /** Resolves when the subscriber acknowledged. @throws {MicroError} what it answered else; 408; 503. */
  async send(topic: string, subscriber: string, message: Message, limits: CallLimits): Promise<void> {
    if (this.#inFlight >= maxInFlight) await this.#turn();
    this.#inFlight++;
    try {
      const reply = await this.#connection.call(addressed(topic, subscriber, message), limits);
      throwRefusal(subscriber, reply);
    } finally {
      this.#inFlight--;
      this.#waiting.shift()?.();
    }
  }

  #turn(): Promise<void> {
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
