/** Settles as `work` does, or rejects with what `late` makes once `timeout` milliseconds are over. */
export function within<T>(work: Promise<T>, timeout: number, late: () => unknown): Promise<T> {
  if (timeout === Number.POSITIVE_INFINITY) return work;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), timeout);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
