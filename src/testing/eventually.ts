import { sleep } from "../core/time/clock.js";

/**
 * Runs `check` every 20 ms until it passes. `deadline` is in milliseconds, default 10,000. In `check`, give `assert.ok` a
 * message: without one Node reads the source to make one, which may take minutes on code run by tsx.
 * @throws The last error of `check`, after the deadline.
 */
export async function eventually(check: () => unknown, deadline = 10_000): Promise<void> {
  const end = performance.now() + deadline;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await sleep(20);
  }
}
