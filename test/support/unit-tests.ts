import { readdirSync } from "node:fs";
import fc from "fast-check";

/** Processes that share the unit tests; scripts/test.js says how many of them run at a time. */
export const parts = 4;

const tests = new URL("../", import.meta.url);
/** Folders whose tests start processes or browsers: they run one file at a time, each in a process of its own. */
const processes = /^(e2e|faults|peers|security|fixtures|support)\//;

/**
 * Imports every fourth file of unit tests, beginning with file `part`, so that many files share a process: Node 20 has no
 * option for that, and a process for each file would load tsx and the toolkit 200 times.
 */
export async function importUnitTests(part: 0 | 1 | 2 | 3): Promise<void> {
  if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });
  const files = readdirSync(tests, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts") && !processes.test(file))
    .sort();
  for (const [index, file] of files.entries())
    if (index % parts === part) await import(new URL(file, tests).href);
}
