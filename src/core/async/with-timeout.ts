import { type Clock, type ScheduleOptions, systemClock } from "../time/clock.js";

export interface TimeoutOptions extends ScheduleOptions {
  /** Default: the clock of this machine. */
  readonly clock?: Clock;
}

/** Settles as `work` does, or rejects with the result of `late` after `timeout` milliseconds. */
export function withTimeout<T>(
  work: Promise<T>,
  timeout: number,
  late: () => unknown,
  { clock = systemClock, ref }: TimeoutOptions = {},
): Promise<T> {
  if (timeout === Number.POSITIVE_INFINITY) return work;
  return new Promise((resolve, reject) => {
    const timer = clock.schedule(timeout, () => reject(late()), { ref });
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}

/** Resolves when `work` settles, or after `timeout` milliseconds. Never rejects. */
export async function waitAtMost(
  work: Promise<void>,
  timeout: number,
  options?: TimeoutOptions,
): Promise<void> {
  await withTimeout(work, timeout, () => undefined, options).catch(() => undefined);
}
