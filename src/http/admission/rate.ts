import { LRUCache } from "lru-cache";

interface Bucket {
  tokens: number;
  at: number;
}

/** Counts by client: each may do `limit` things per `period` (milliseconds), with bursts up to `limit`. */
export class RateLimit {
  readonly #limit: number;
  readonly #perMs: number;
  readonly #buckets = new LRUCache<string, Bucket>({ max: 10_000 });

  constructor(limit: number, period: number) {
    this.#limit = limit;
    this.#perMs = limit / period;
  }

  /** Takes one from the client's share; false when nothing is left. */
  take(client: string): boolean {
    const bucket = this.#bucket(client);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }

  /** Seconds until the client may go on, at least 1. */
  wait(client: string): number {
    const missing = 1 - this.#bucket(client).tokens;
    return Math.max(1, Math.ceil(missing / this.#perMs / 1000));
  }

  #bucket(client: string): Bucket {
    const now = performance.now();
    const bucket = this.#buckets.get(client) ?? { tokens: this.#limit, at: now };
    bucket.tokens = Math.min(this.#limit, bucket.tokens + (now - bucket.at) * this.#perMs);
    bucket.at = now;
    this.#buckets.set(client, bucket);
    return bucket;
  }
}
