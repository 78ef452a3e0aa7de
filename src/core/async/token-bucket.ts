export interface TokenBucketLimits {
  /** Tokens at the start, and the most that refilling can reach. */
  readonly burst: number;
  /** Milliseconds until one token is added. */
  readonly every: number;
}

/** Limits a rate: each event takes a token, and tokens are refilled over time. */
export class TokenBucket {
  readonly #burst: number;
  readonly #every: number;
  #tokens: number;
  #refilledAt = performance.now();

  constructor({ burst, every }: TokenBucketLimits) {
    this.#burst = burst;
    this.#every = every;
    this.#tokens = burst;
  }

  /** Takes a token; false when there is none. */
  take(): boolean {
    this.#refill();
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /** Takes a token, in advance if need be, and returns the milliseconds until it is due. At most one token is owed. */
  reserve(): number {
    this.#refill();
    this.#tokens = Math.max(-1, this.#tokens - 1);
    return Math.max(0, -this.#tokens * this.#every);
  }

  /** Adds tokens, up to `most`. */
  give(tokens: number, most = this.#burst): void {
    if (this.#tokens < most) this.#tokens = Math.min(most, this.#tokens + tokens);
  }

  /** Milliseconds until `take` has a token. */
  wait(): number {
    this.#refill();
    return Math.max(0, (1 - this.#tokens) * this.#every);
  }

  #refill(): void {
    const now = performance.now();
    this.give((now - this.#refilledAt) / this.#every);
    this.#refilledAt = now;
  }
}
