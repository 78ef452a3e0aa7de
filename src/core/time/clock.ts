import type { Abortable } from "../closeable.js";

/**
 * Tells the time and runs tasks later. Everything that waits takes a clock, so that a test can move time itself.
 */
export interface Clock {
  /** Milliseconds on a monotonic clock. */
  now(): number;
  /**
   * Runs `task` once, `delay` milliseconds from now. There is no upper limit. Below 1, it runs in the next turn.
   */
  schedule(delay: number, task: () => void, options?: ScheduleOptions): Scheduled;
}

/** Options of `Clock.schedule`. */
export interface ScheduleOptions {
  /** Whether the task keeps the process alive. Default true. */
  readonly ref?: boolean;
}

/** A task that has been scheduled. */
export interface Scheduled {
  /** Drops the task. Does nothing if the task has already run. */
  cancel(): void;
}

/** The longest delay of Node's timers, 24.8 days. Node turns a longer one into 1 ms. */
const longest = 2 ** 31 - 1;

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule: (delay, task, { ref = true } = {}) => new Timer(delay, task, ref),
};

/** A timer without an upper limit, in steps that Node's timers can take. */
class Timer implements Scheduled {
  readonly #task: () => void;
  readonly #ref: boolean;
  #timer: NodeJS.Timeout;

  constructor(delay: number, task: () => void, ref: boolean) {
    this.#task = task;
    this.#ref = ref;
    this.#timer = this.#wait(delay);
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }

  #wait(delay: number): NodeJS.Timeout {
    const timer = delay > longest ? this.#step(performance.now() + delay) : setTimeout(this.#task, delay);
    return this.#ref ? timer : timer.unref();
  }

  #step(end: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = this.#wait(end - performance.now());
    }, longest);
  }
}

export interface SleepOptions extends Abortable, ScheduleOptions {
  /** Default: the clock of this machine. */
  readonly clock?: Clock;
}

/** Resolves after `delay` milliseconds. @throws the reason of `signal` if it aborts first. */
export function sleep(delay: number, { signal, ref, clock = systemClock }: SleepOptions = {}): Promise<void> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.schedule(
      delay,
      () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      },
      { ref },
    );
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** Like `AbortSignal.timeout`, with a clock and without an upper limit. It does not keep the process alive. */
export function timeoutSignal(delay: number, clock: Clock = systemClock): AbortSignal {
  if (clock === systemClock && delay <= longest) return AbortSignal.timeout(Math.max(0, Math.ceil(delay)));
  const controller = new AbortController();
  const late = () => controller.abort(new DOMException("The operation timed out", "TimeoutError"));
  clock.schedule(delay, late, { ref: false });
  return controller.signal;
}
