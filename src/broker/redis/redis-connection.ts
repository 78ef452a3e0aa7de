import type { Redis, RedisOptions } from "ioredis";
import type { Closeable } from "../../core/closeable.js";
import { badRequest, MicroError, unavailable } from "../../core/errors.js";
import { formatAddress } from "../../core/net/address.js";
import { missing } from "../../core/optional-packages.js";
import { handshakeError, tlsFailed } from "../../transport/tls.js";
import { type RedisSettings, redisOptions } from "./redis-options.js";

/** Milliseconds between two looks whether the server still answers: a half-open connection is noticed in 15 s. */
const heartbeat = 10_000;

/** One connection to a Redis server, made when first needed, and again for ever once it was there. */
export class RedisConnection implements Closeable {
  readonly #options: RedisOptions;
  readonly #onReady: (redis: Redis) => void;
  #opening: Promise<Redis> | undefined;
  #redis: Redis | undefined;
  #beating: NodeJS.Timeout | undefined;
  #closed = false;

  /** `onReady` hears of each connection that is ready, the first included. */
  constructor(settings: RedisSettings, onReady: (redis: Redis) => void = () => {}) {
    this.#options = redisOptions(settings);
    this.#onReady = onReady;
  }

  /** `host:port`; empty until open. */
  get address(): string {
    return this.#redis ? addressOf(this.#redis.options) : "";
  }

  /** @throws {MicroError} 503 when the server does not answer. */
  open(): Promise<Redis> {
    if (this.#closed) return Promise.reject(unreachable("redis: closed"));
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<Redis> {
    const { Redis } = await import("ioredis").catch(missing("ioredis"));
    const { retryStrategy, ...options } = this.#options;
    // Only a connection that was there once is made again.
    const again = (tries: number) => (this.#redis === undefined ? null : retryStrategy?.(tries));
    const redis = new Redis({ ...options, retryStrategy: again });
    let last: Error | undefined;
    // Without a listener it would write to the console; what fails says so by itself.
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
      throw unreachable(`redis ${addressOf(options)}`, MicroError.is(error) ? error : (last ?? error));
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

/** Asks the server for a sign of life, and connects anew without one: who only listens would never notice. */
async function beat(redis: Redis): Promise<void> {
  if (redis.status !== "ready") return;
  const { stream } = redis;
  await redis.ping().catch((error: Error) => {
    // A refusal is an answer too, as while a script runs, or where the user may not ask.
    if (error.name === "ReplyError") return;
    // Destroyed, not ended: a peer that is gone takes no end.
    if (redis.stream === stream && redis.status === "ready") stream.destroy();
  });
}

/** The package goes on with database 0 where the server refuses the one that is asked for. */
async function checkDatabase(redis: Redis, database: number): Promise<void> {
  await redis.select(database).catch((cause: Error) => {
    if (cause.name !== "ReplyError") throw cause;
    const detail = `redis ${addressOf(redis.options)}: database ${database}: ${cause.message}`;
    throw badRequest("go.micro.broker", detail, { reason: "BAD_CONFIG", cause });
  });
}

/** A failure of the server as ours. */
export function unreachable(what: string, cause?: unknown): MicroError {
  if (MicroError.is(cause)) return cause;
  const handshake = handshakeError(cause);
  if (handshake) return tlsFailed("go.micro.broker", `${what}: ${handshake.message}`, handshake);
  const why = cause instanceof Error ? `: ${words(cause)}` : "";
  return unavailable("go.micro.broker", `${what}${why}`, { reason: "BROKER_UNREACHABLE", cause });
}

/** Without the names of options of the package, which nobody can set. */
function words({ name, message }: Error): string {
  if (name === "MaxRetriesPerRequestError") return "the connection is lost";
  return /enableOfflineQueue/.test(message) ? "it is not connected" : message;
}

function addressOf({ host = "", port = 0 }: { readonly host?: string; readonly port?: number }): string {
  return formatAddress({ host, port });
}
