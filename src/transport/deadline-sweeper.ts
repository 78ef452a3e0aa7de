/** Milliseconds between two looks: how late a deadline may be noticed. */
const grain = 20;

/** What ends by itself at a point of the monotonic clock. */
export interface Expiring {
  readonly expires: number;
}

/** The calls under way; they may be taken out while `all` is gone through. */
export interface Calls<Call> {
  readonly size: number;
  all(): Iterable<Call>;
}

/**
 * Deadlines of the calls of one connection, on one coarse timer. A call costs one comparison; the timer looks at the
 * calls only when the earliest deadline among them has passed, and rests when there are none.
 */
export class DeadlineSweeper<Call extends Expiring> {
  readonly #calls: Calls<Call>;
  readonly #expire: (call: Call) => void;
  #timer: NodeJS.Timeout | undefined;
  #earliest = Number.POSITIVE_INFINITY;

  constructor(calls: Calls<Call>, expire: (call: Call) => void) {
    this.#calls = calls;
    this.#expire = expire;
  }

  /** A call was added that ends at `expires`. */
  note(expires: number): void {
    if (expires < this.#earliest) this.#earliest = expires;
    this.#timer ??= setInterval(() => this.#look(), grain);
  }

  #look(): void {
    if (this.#calls.size === 0) {
      this.stop();
      return;
    }
    const now = performance.now();
    if (now < this.#earliest) return;
    this.#earliest = Number.POSITIVE_INFINITY;
    for (const call of this.#calls.all()) {
      if (call.expires <= now) this.#expire(call);
      else if (call.expires < this.#earliest) this.#earliest = call.expires;
    }
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#earliest = Number.POSITIVE_INFINITY;
  }
}
