import { type Clock, type ScheduleOptions, systemClock } from "../time/clock.js";

export interface TimeoutOptions extends ScheduleOptions {
  /** Default: the clock of this machine. */
  readonly clock?: Clock;
}

/** Settles as `work` does, or rejects with what `late` makes once `timeout` milliseconds are over. */
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

/** Resolves when `work` settles, or once `timeout` milliseconds are over. */
export async function waitAtMost(
  work: Promise<void>,
  timeout: number,
  options?: TimeoutOptions,
): Promise<void> {
  await withTimeout(work, timeout, () => undefined, options).catch(() => undefined);
}
