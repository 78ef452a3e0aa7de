import { randomUUID } from "node:crypto";
import type { Closeable } from "../../core/closeable.js";
import { type Log, silent } from "../../core/log/log.js";
import { defaultAckWait } from "../acknowledge.js";
import { deadQueue, deadTopic } from "../at-least-once/dead-letter.js";
import type { Backend, EnvelopeHandler, ReceiveOptions } from "../backend.js";
import { RedisConnection, unreachable } from "./redis-connection.js";
import type { RedisSettings } from "./redis-options.js";
import { joinScript, sendScript, topicKey } from "./scripts.js";
import { group, RedisStreamReader } from "./stream-reader.js";

export interface RedisStreamsOptions extends RedisSettings {
  /** Milliseconds after which an unacknowledged message is delivered again. Default 30,000. */
  readonly ackWait?: number;
  readonly log?: Log;
}

/** Most messages waiting in one queue. Further ones are refused. */
const maxWaiting = 1_000_000;

/** Redis with one stream per queue, which delivers at least once. Sending resolves when the message is stored. */
export class RedisStreamsBackend implements Backend {
  readonly #options: RedisStreamsOptions;
  readonly #log: Log;
  readonly #commands: RedisConnection;

  constructor(options: RedisStreamsOptions) {
    this.#options = options;
    this.#log = options.log ?? silent;
    this.#commands = new RedisConnection(options);
  }

  get address(): string {
    return this.#commands.address;
  }

  async open(): Promise<void> {
    await this.#commands.open();
  }

  async send(topic: string, envelope: string): Promise<void> {
    const redis = await this.#commands.open();
    try {
      await redis.eval(sendScript, 1, topicKey(topic), envelope, maxWaiting);
    } catch (error) {
      throw unreachable(`publish "${topic}"`, error);
    }
  }

  async receive(topic: string, handler: EnvelopeHandler, { queue }: ReceiveOptions): Promise<Closeable> {
    const name = queue === undefined ? `one:${randomUUID()}` : `queue:${queue}`;
    const reader = new RedisStreamReader({
      settings: this.#options,
      commands: this.#commands,
      topic,
      queue: name,
      kept: queue !== undefined,
      ackWait: this.#options.ackWait ?? defaultAckWait,
      join: () => this.#join(topic, name),
      handle: (envelope) => handler.handle(envelope),
      giveUp: (envelope) => this.#giveUp(topic, envelope),
      missed: (reason) => handler.missed(reason),
    });
    try {
      await reader.start();
    } catch (error) {
      await reader.close();
      throw unreachable(`subscribe "${topic}"`, error);
    }
    return reader;
  }

  async #join(topic: string, queue: string): Promise<void> {
    const redis = await this.#commands.open();
    const key = topicKey(topic);
    await redis.eval(joinScript, 2, key, `${key}:${queue}`, queue, group);
  }

  async #giveUp(topic: string, envelope: string): Promise<void> {
    const dead = deadTopic(topic);
    await this.#join(dead, `queue:${deadQueue}`);
    await this.send(dead, envelope);
    this.#log.error({ topic, dead }, "message given up");
  }

  close(): Promise<void> {
    return this.#commands.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
