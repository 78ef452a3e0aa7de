import { type Clock, systemClock } from "./clock.js";

/** Settles as `work` does, or rejects with what `late` makes once `timeout` milliseconds are over. */
export function within<T>(
  work: Promise<T>,
  timeout: number,
  late: () => unknown,
  clock: Clock = systemClock,
): Promise<T> {
  if (timeout === Number.POSITIVE_INFINITY) return work;
  return new Promise((resolve, reject) => {
    const timer = clock.schedule(timeout, () => reject(late()));
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
