import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import type { Closeable } from "../../core/closeable.js";
import type { Backend, EnvelopeHandler, ReceiveOptions } from "../backend.js";
import { InFlight } from "../in-flight.js";
import { RedisConnection, unreachable } from "./redis-connection.js";
import type { RedisSettings } from "./redis-options.js";

/**
 * Publishes a message to the topic, and to one member of each queue. Every member has its own channel. They take turns;
 * one without a listener is removed, and the next is tried. KEYS[1]: the queues of the topic. ARGV: topic, envelope.
 */
const publishScript = `
redis.call('PUBLISH', ARGV[1], ARGV[2])
for _, queue in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local members = KEYS[1] .. ':' .. queue
  local left = redis.call('LLEN', members)
  if left == 0 then redis.call('SREM', KEYS[1], queue) end
  while left > 0 do
    local member = redis.call('RPOPLPUSH', members, members)
    if redis.call('PUBLISH', member, ARGV[2]) > 0 then break end
    redis.call('LREM', members, 0, member)
    left = left - 1
  end
end`;

/** Adds a channel to a queue, once. KEYS: queues of the topic, members of the queue. ARGV: queue, channel. */
const joinScript = `
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('LREM', KEYS[2], 0, ARGV[2])
redis.call('LPUSH', KEYS[2], ARGV[2])`;

/** A subscription. Its channel is the topic, or its own as the member of a queue. */
interface Receiver {
  readonly topic: string;
  readonly queue: string | undefined;
  readonly channel: string;
  readonly handler: EnvelopeHandler;
  readonly inFlight: InFlight;
  readonly maxInFlight: number;
}

/** Plain Redis, which delivers at most once. Sending resolves when the server has passed the message on. */
export class RedisBackend implements Backend {
  readonly #commands: RedisConnection;
  /** A separate connection, because one that subscribes can do nothing else. */
  readonly #listening: RedisConnection;
  readonly #receivers = new Map<string, Set<Receiver>>();
  #listened = false;

  constructor(settings: RedisSettings) {
    this.#commands = new RedisConnection(settings, () => void this.#joinAll());
    this.#listening = new RedisConnection(settings, (redis) => void this.#listen(redis));
  }

  get address(): string {
    return this.#commands.address;
  }

  async open(): Promise<void> {
    await Promise.all([this.#commands.open(), this.#listening.open()]);
  }

  async send(topic: string, envelope: string): Promise<void> {
    const redis = await this.#commands.open();
    try {
      await redis.eval(publishScript, 1, queuesKey(topic), topic, envelope);
    } catch (error) {
      throw unreachable(`publish "${topic}"`, error);
    }
  }

  async receive(
    topic: string,
    handler: EnvelopeHandler,
    { queue, maxInFlight }: ReceiveOptions,
  ): Promise<Closeable> {
    const channel = queue === undefined ? topic : `micro:member:${randomUUID()}`;
    const receiver = { topic, queue, channel, handler, inFlight: new InFlight(), maxInFlight };
    const redis = await this.#listening.open();
    try {
      await redis.subscribe(channel);
      this.#add(receiver);
      await this.#join(receiver);
    } catch (error) {
      this.#delete(receiver);
      throw unreachable(`subscribe "${topic}"`, error);
    }
    const close = () => this.#leave(receiver);
    return { close, [Symbol.asyncDispose]: close };
  }

  #add(receiver: Receiver): void {
    const known = this.#receivers.get(receiver.channel);
    if (known) known.add(receiver);
    else this.#receivers.set(receiver.channel, new Set([receiver]));
  }

  /** Returns true if nobody listens on its channel any more. */
  #delete(receiver: Receiver): boolean {
    const known = this.#receivers.get(receiver.channel);
    known?.delete(receiver);
    if (known?.size !== 0) return false;
    return this.#receivers.delete(receiver.channel);
  }

  async #join({ topic, queue, channel }: Receiver): Promise<void> {
    if (queue === undefined) return;
    const redis = await this.#commands.open();
    await redis.eval(joinScript, 2, queuesKey(topic), membersKey(topic, queue), queue, channel);
  }

  /** Leaves the queue first, so that messages sent to the channel before are still handled. */
  async #leave(receiver: Receiver): Promise<void> {
    const { topic, queue, channel } = receiver;
    try {
      const commands = await this.#commands.open();
      if (queue !== undefined) await commands.lrem(membersKey(topic, queue), 0, channel);
      const last = this.#receivers.get(channel)?.size === 1;
      if (last) await (await this.#listening.open()).unsubscribe(channel);
    } catch {
      // The server forgets a closed connection, and the next publisher removes a member that does not listen.
    }
    this.#delete(receiver);
  }

  /** Called for every connection that listens: for a new one after a reconnect, its channels have to be restored. */
  async #listen(redis: Redis): Promise<void> {
    if (!this.#listened) redis.on("message", (channel, envelope) => this.#dispatch(channel, envelope));
    const channels = [...this.#receivers.keys()];
    try {
      if (channels.length > 0) await redis.subscribe(...channels);
      await this.#joinAll();
    } catch {
      return; // The connection was lost again. This is called for the next one too.
    }
    if (this.#listened) for (const { handler } of this.#all()) handler.missed("reconnected to the server");
    this.#listened = true;
  }

  /** Members may have been removed from their queues while they did not listen. */
  async #joinAll(): Promise<void> {
    await Promise.all(this.#all().map((receiver) => this.#join(receiver))).catch(() => undefined);
  }

  #all(): Receiver[] {
    return [...this.#receivers.values()].flatMap((receivers) => [...receivers]);
  }

  #dispatch(channel: string, envelope: string): void {
    for (const { handler, inFlight, maxInFlight } of this.#receivers.get(channel) ?? []) {
      if (inFlight.count >= maxInFlight) handler.missed("dropped: the subscriber is too slow");
      else inFlight.add(handler.handle(envelope));
    }
  }

  async close(): Promise<void> {
    await this.#listening.close();
    await this.#commands.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function queuesKey(topic: string): string {
  return `micro:queues:${topic}`;
}

function membersKey(topic: string, queue: string): string {
  return `${queuesKey(topic)}:${queue}`;
}
