/** Milliseconds between two checks, and so how late an expiry may be noticed. */
const grain = 20;

/** Something that expires at a time of the monotonic clock. */
export interface Expiring {
  readonly expires: number;
}

/** The calls in flight, such as a `Set` or a `Map`. They may be removed during the iteration over `values`. */
export interface Calls<Call> {
  readonly size: number;
  values(): Iterable<Call>;
}

/**
 * Enforces the deadlines of many calls with one coarse timer. Adding a call costs one comparison. The
 * timer scans the calls only when the earliest deadline has passed, and stops when there are none, or none expires.
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

  /** Call this for each added call, with its deadline. */
  note(expires: number): void {
    if (expires < this.#earliest) this.#earliest = expires;
    this.#timer ??= setInterval(() => this.#check(), grain);
  }

  #check(): void {
    if (this.#calls.size === 0 || this.#earliest === Number.POSITIVE_INFINITY) {
      this.stop();
      return;
    }
    const now = performance.now();
    if (now < this.#earliest) return;
    this.#earliest = Number.POSITIVE_INFINITY;
    for (const call of this.#calls.values()) {
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
