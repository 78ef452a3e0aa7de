/** A point in time on the monotonic clock of this process. */
export interface Deadline {
  /** The point in milliseconds, on the scale of `performance.now()`. Infinite when there is no deadline. */
  readonly at: number;
  /** Milliseconds left, never below 0. Infinite when there is no deadline. */
  left(): number;
}

/** Returns the deadline `timeout` milliseconds from now. */
export function deadlineIn(timeout: number): Deadline {
  return new MonotonicDeadline(performance.now() + timeout);
}

/** Returns the deadline at `at`, on the scale of `performance.now()`. */
export function deadlineAt(at: number): Deadline {
  return new MonotonicDeadline(at);
}

/** Returns the earlier of two deadlines. */
export function earlier(a: Deadline, b: Deadline): Deadline {
  return a.at <= b.at ? a : b;
}

class MonotonicDeadline implements Deadline {
  readonly at: number;

  constructor(at: number) {
    this.at = at;
  }

  left(): number {
    return Math.max(0, this.at - performance.now());
  }
}

/** The deadline of work without a time limit. */
export const noDeadline: Deadline = new MonotonicDeadline(Number.POSITIVE_INFINITY);
