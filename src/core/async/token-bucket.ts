import { type Clock, systemClock } from "../time/clock.js";

export interface TokenBucketLimits {
  /** Tokens at the start, and the most that refilling can reach. */
  readonly burst: number;
  /** Milliseconds until one token is added. */
  readonly every: number;
  /** Default: the clock of this machine. */
  readonly clock?: Clock;
}

/** Limits a rate: each event takes a token, and tokens are refilled over time. */
export class TokenBucket {
  readonly #burst: number;
  readonly #every: number;
  readonly #clock: Clock;
  #tokens: number;
  #refilledAt: number;

  constructor({ burst, every, clock = systemClock }: TokenBucketLimits) {
    this.#burst = burst;
    this.#every = every;
    this.#clock = clock;
    this.#refilledAt = clock.now();
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
    const now = this.#clock.now();
    this.give((now - this.#refilledAt) / this.#every);
    this.#refilledAt = now;
  }
}
