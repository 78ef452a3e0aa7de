import { sleep } from "../../core/time/clock.js";

/** Does `work` now and again `interval` ms after it is done, until it says true or the signal aborts. */
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
