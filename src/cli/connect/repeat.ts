import { sleep } from "../../core/time/clock.js";

/** Runs `work`, and again `interval` milliseconds after each run, until it resolves with true or the signal aborts. */
export async function repeat(
  interval: number,
  signal: AbortSignal,
  work: () => Promise<boolean | undefined>,
): Promise<void> {
  while (!(await work())) {
    try {
      await sleep(interval, { signal });
    } catch {
      return;
    }
  }
}
