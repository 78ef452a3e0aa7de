import type { Closeable } from "../../core/closeable.js";
import { unavailable } from "../../core/errors.js";
import type { Message } from "../../core/message.js";
import type { CallLimits, Connection } from "../../transport/transport.js";
import { addressed, throwRefusal } from "./mux-message.js";

/** Messages on their way to one peer at one time; more wait, and beyond `maxWaiting` they are refused. */
const maxUnderWay = 1000;
const maxWaiting = 10_000;

/** A peer of ours: messages go out in their order, and are acknowledged in any. */
export class MuxPeer implements Closeable {
  readonly #connection: Connection;
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Resolves when the subscriber acknowledged. @throws {MicroError} what it answered else; 408; 503. */
  async send(topic: string, subscriber: string, message: Message, limits: CallLimits): Promise<void> {
    if (this.#underWay >= maxUnderWay) await this.#turn();
    this.#underWay++;
    try {
      const reply = await this.#connection.call(addressed(topic, subscriber, message), limits);
      throwRefusal(subscriber, reply);
    } finally {
      this.#underWay--;
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
