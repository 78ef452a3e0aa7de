import { setTimeout as sleep } from "node:timers/promises";

/**
 * Resolves once `check` passes. @throws what it threw last, when it still fails after `deadline` ms. Let `check` not use
 * `assert.ok` without a message: Node then reads the source to make one, which may take minutes on code run by tsx.
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
