import { LRUCache } from "lru-cache";
import { TokenBucket, type TokenBucketLimits } from "../../core/async/token-bucket.js";

/** A rate limit per client: `limit` actions per `period` (milliseconds), with bursts up to `limit`. */
export class RateLimit {
  readonly #limits: TokenBucketLimits;
  readonly #buckets = new LRUCache<string, TokenBucket>({ max: 10_000 });

  constructor(limit: number, period: number) {
    this.#limits = { burst: limit, every: period / limit };
  }

  /** Takes one token. False when the client has none left. */
  take(client: string): boolean {
    return this.#bucket(client).take();
  }

  /** Seconds until the client has a token again, at least 1. */
  wait(client: string): number {
    return Math.max(1, Math.ceil(this.#bucket(client).wait() / 1000));
  }

  #bucket(client: string): TokenBucket {
    const known = this.#buckets.get(client);
    if (known !== undefined) return known;
    const bucket = new TokenBucket(this.#limits);
    this.#buckets.set(client, bucket);
    return bucket;
  }
}
