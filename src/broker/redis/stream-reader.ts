import { randomUUID } from "node:crypto";
import { orAbort } from "../../core/async/or-abort.js";
import type { Closeable } from "../../core/closeable.js";
import { sleep } from "../../core/time/clock.js";
import { maxTries } from "../at-least-once/dead-letter.js";
import { InFlight } from "../in-flight.js";
import { RedisConnection } from "./redis-connection.js";
import type { RedisSettings } from "./redis-options.js";
import { ackScript, aliveScript, leaveScript, topicKey } from "./scripts.js";

/** The one consumer group of a queue's stream. */
export const group = "micro";

export interface StreamReaderOptions {
  readonly settings: RedisSettings;
  /** For all commands but blocking reads. */
  readonly commands: RedisConnection;
  readonly topic: string;
  readonly queue: string;
  /** True for a queue that outlives its subscribers. The stream of a subscriber without a queue is deleted on close. */
  readonly kept: boolean;
  readonly ackWait: number;
  /** Creates the queue unless it exists. */
  readonly join: () => Promise<void>;
  readonly handle: (envelope: string) => Promise<void>;
  readonly giveUp: (envelope: string) => Promise<void>;
  readonly missed: (reason: string) => void;
}

/** Most messages that are handled at the same time. */
const most = 100;
/** Milliseconds that a read blocks. */
const block = 2000;
/** Milliseconds before a failed read is repeated. */
const pause = 200;

/** A message with its id, as `XREADGROUP` and `XCLAIM` return it. Without fields if it has been deleted. */
type Entry = readonly [id: string, fields: readonly string[] | null];

/** Reads the stream of one queue until closed: new messages, and those that their reader did not acknowledge. */
export class RedisStreamReader implements Closeable {
  readonly #options: StreamReaderOptions;
  readonly #stream: string;
  /** A separate connection, because one that blocks can do nothing else. */
  readonly #blocking: RedisConnection;
  readonly #consumer = randomUUID();
  readonly #closed = new AbortController();
  readonly #inFlight = new InFlight();
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: StreamReaderOptions) {
    this.#options = options;
    this.#stream = `${topicKey(options.topic)}:${options.queue}`;
    this.#blocking = new RedisConnection(options.settings);
  }

  /** Resolves once no message is missed any more. */
  async start(): Promise<void> {
    await this.#options.join();
    await this.#blocking.open();
    this.#running = Promise.all([this.#readAll(), this.#claimAll()]);
  }

  async #readAll(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      if (this.#inFlight.count >= most)
        await orAbort(this.#inFlight.below(most), signal).catch(() => undefined);
      else await this.#read().catch((error: unknown) => this.#failed(error));
    }
  }

  async #read(): Promise<void> {
    const redis = await this.#blocking.open();
    const count = most - this.#inFlight.count;
    const from = ["STREAMS", this.#stream, ">"] as const;
    const answer = await redis.xreadgroup(
      "GROUP",
      group,
      this.#consumer,
      "COUNT",
      count,
      "BLOCK",
      block,
      ...from,
    );
    for (const [, entries] of (answer ?? []) as [string, Entry[]][])
      for (const entry of entries) this.#deliver(entry);
  }

  #deliver([id, fields]: Entry): void {
    const envelope = fields?.[1];
    if (envelope === undefined) return;
    const taken = this.#options.handle(envelope).then(() => this.#acknowledge(id));
    this.#inFlight.add(taken);
  }

  async #acknowledge(id: string): Promise<void> {
    const redis = await this.#options.commands.open();
    await redis.eval(ackScript, 1, this.#stream, group, id);
  }

  async #failed(error: unknown): Promise<void> {
    const { signal } = this.#closed;
    if (signal.aborted) return;
    // rejoin at once: messages published before the queue exists again are lost
    if (error instanceof Error && error.message.startsWith("NOGROUP"))
      await this.#options.join().then(
        () => this.#options.missed("the server had lost the subscription"),
        () => undefined,
      );
    await sleep(pause, { signal }).catch(() => undefined);
  }

  /** Periodically takes over messages that some reader did not acknowledge in time. */
  async #claimAll(): Promise<void> {
    const { signal } = this.#closed;
    const period = Math.min(10_000, Math.max(50, this.#options.ackWait / 4));
    while (!signal.aborted) {
      await sleep(period, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await this.#claim().catch(() => undefined);
    }
  }

  async #claim(): Promise<void> {
    await this.#stayAlive();
    const redis = await this.#options.commands.open();
    const { ackWait } = this.#options;
    const pending = await redis.xpending(this.#stream, group, "IDLE", ackWait, "-", "+", most);
    for (const [id, , , tries] of pending as [string, string, number, number][]) {
      const claimed = await redis.xclaim(this.#stream, group, this.#consumer, ackWait, id);
      for (const entry of claimed as Entry[])
        if (tries < maxTries) this.#deliver(entry);
        else await this.#giveUp(entry);
    }
  }

  async #giveUp([id, fields]: Entry): Promise<void> {
    const envelope = fields?.[1];
    if (envelope !== undefined) await this.#options.giveUp(envelope);
    await this.#acknowledge(id);
  }

  async #stayAlive(): Promise<void> {
    if (this.#options.kept) return;
    const redis = await this.#options.commands.open();
    await redis.eval(aliveScript, 1, this.#stream);
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    await this.#blocking.close();
    await this.#running;
    await this.#forget().catch(() => undefined);
  }

  async #forget(): Promise<void> {
    const redis = await this.#options.commands.open();
    if (this.#options.kept) {
      await redis.eval(leaveScript, 1, this.#stream, group, this.#consumer);
      return;
    }
    await redis.srem(topicKey(this.#options.topic), this.#options.queue);
    await redis.del(this.#stream, `${this.#stream}:alive`, `${this.#stream}:doubted`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
