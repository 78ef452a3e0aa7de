// Imports every unit test, so that they run in one process: Node 20 has no option for that.
import { readdirSync } from "node:fs";
import fc from "fast-check";

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

const here = new URL(".", import.meta.url);
/** Folders whose tests start processes or browsers: they run one file at a time, each in a process of its own. */
const processes = /^(e2e|faults|peers|security|fixtures|support)\//;

const files = readdirSync(here, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts") && !processes.test(file))
  .sort();
for (const file of files) await import(new URL(file, here).href);
