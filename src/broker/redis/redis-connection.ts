import type { Redis, RedisOptions } from "ioredis";
import type { Closeable } from "../../core/closeable.js";
import { badRequest, MicroError, unavailable } from "../../core/errors.js";
import { formatAddress } from "../../core/net/address.js";
import { missing } from "../../core/optional-packages.js";
import { handshakeError, tlsFailed } from "../../transport/tls.js";
import { type RedisSettings, redisOptions } from "./redis-options.js";

/** Milliseconds between two pings. A half-open connection is noticed within 15 s. */
const heartbeat = 10_000;

/** A connection to a Redis server, opened on first use. Once it has been connected, it reconnects for ever. */
export class RedisConnection implements Closeable {
  readonly #options: RedisOptions;
  readonly #onReady: (redis: Redis) => void;
  #opening: Promise<Redis> | undefined;
  #redis: Redis | undefined;
  #beating: NodeJS.Timeout | undefined;
  #closed = false;

  /** `onReady` is called for each connection that is ready, including the first. */
  constructor(settings: RedisSettings, onReady: (redis: Redis) => void = () => {}) {
    this.#options = redisOptions(settings);
    this.#onReady = onReady;
  }

  /** `host:port`. Empty until open. */
  get address(): string {
    return this.#redis ? addressOf(this.#redis.options) : "";
  }

  /** @throws {MicroError} 503 if the server does not answer. */
  open(): Promise<Redis> {
    if (this.#closed) return Promise.reject(unreachable("redis: closed"));
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<Redis> {
    const { Redis } = await import("ioredis").catch(missing("ioredis"));
    const { retryStrategy, ...options } = this.#options;
    // Only a connection that was there once is restored.
    const again = (tries: number) => (this.#redis === undefined ? null : retryStrategy?.(tries));
    const redis = new Redis({ ...options, retryStrategy: again });
    let last: Error | undefined;
    // Without a listener, ioredis would write to the console. Commands report their failures themselves.
    redis.on("error", (error) => {
      last = error;
    });
    redis.on("ready", () => this.#onReady(redis));
    this.#beating = setInterval(() => void beat(redis), heartbeat).unref();
    try {
      await redis.connect();
      if (options.db) await checkDatabase(redis, options.db);
    } catch (error) {
      clearInterval(this.#beating);
      this.#opening = undefined;
      redis.disconnect();
      const address = addressOf(options);
      throw unreachable(`redis ${address}`, MicroError.is(error) ? error : (last ?? error), address);
    }
    this.#redis = redis;
    return redis;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const redis = await this.#opening?.catch(() => undefined);
    clearInterval(this.#beating);
    redis?.disconnect();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Pings the server, and reconnects if it does not answer. A connection that only listens would never notice. */
async function beat(redis: Redis): Promise<void> {
  if (redis.status !== "ready") return;
  const { stream } = redis;
  await redis.ping().catch((error: Error) => {
    // A refusal is an answer too, for example while a script runs, or without the permission to ping.
    if (error.name === "ReplyError") return;
    // Destroy it rather than end it: a peer that is gone never confirms the end.
    if (redis.stream === stream && redis.status === "ready") stream.destroy();
  });
}

/** Checks that the database exists: ioredis continues with database 0 if the server refuses the one asked for. */
async function checkDatabase(redis: Redis, database: number): Promise<void> {
  await redis.select(database).catch((cause: Error) => {
    if (cause.name !== "ReplyError") throw cause;
    const detail = `redis ${addressOf(redis.options)}: database ${database}: ${cause.message}`;
    throw badRequest("go.micro.broker", detail, { reason: "BAD_CONFIG", cause });
  });
}

/** Turns a failure of the server into a `MicroError`. `address` is given if no connection to it was made. */
export function unreachable(what: string, cause?: unknown, address?: string): MicroError {
  if (MicroError.is(cause)) return cause;
  const handshake = handshakeError(cause);
  if (handshake) return tlsFailed("go.micro.broker", `${what}: ${handshake.message}`, handshake);
  const why = cause instanceof Error ? `: ${words(cause)}` : "";
  const backend =
    address === undefined ? undefined : { name: "redis", address, silent: /timed out$/.test(why) };
  return unavailable("go.micro.broker", `${what}${why}`, { reason: "BROKER_UNREACHABLE", backend, cause });
}

/** Returns a text without the names of ioredis options, which users cannot set. */
function words({ name, message }: Error): string {
  if (name === "MaxRetriesPerRequestError") return "the connection is lost";
  return /enableOfflineQueue/.test(message) ? "it is not connected" : message;
}

function addressOf({ host = "", port = 0 }: { readonly host?: string; readonly port?: number }): string {
  return formatAddress({ host, port });
}
