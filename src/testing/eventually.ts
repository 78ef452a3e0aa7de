import { setTimeout as sleep } from "node:timers/promises";

/** Resolves once `check` passes. @throws what it threw last, when it still fails after `deadline` ms. */
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
