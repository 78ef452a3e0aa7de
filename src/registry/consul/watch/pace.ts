/** Queries at once, and milliseconds for each further one while nothing changes: Consul asks its clients to be kind. */
const burst = 2;
const refill = 5000;

/** Slows down the queries of one watch when the registry answers them at once though nothing moved. */
export class Pace {
  #tokens = burst;
  #counted = performance.now();

  /** Milliseconds until the next query may go; takes its token. */
  take(): number {
    const now = performance.now();
    this.#tokens = Math.min(burst, this.#tokens + (now - this.#counted) / refill);
    this.#counted = now;
    this.#tokens = Math.max(-1, this.#tokens - 1);
    return this.#tokens >= 0 ? 0 : -this.#tokens * refill;
  }

  /** Gives the token of the last query back: it brought news, or failed and is paced by its back-off. */
  refund(): void {
    this.#tokens = Math.min(burst, this.#tokens + 1);
  }
}
