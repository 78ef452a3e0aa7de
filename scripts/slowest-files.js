// A reporter for node:test: prints the ten slowest files, and the total duration.
import { relative } from "node:path";

const shown = 10;

export default async function* slowestFiles(events) {
  const files = new Map();
  for await (const { type, data } of events) {
    if (type !== "test:pass" && type !== "test:fail") continue;
    if (data.nesting !== 0 || !data.file) continue;
    const file = relative(process.cwd(), data.file);
    files.set(file, (files.get(file) ?? 0) + data.details.duration_ms);
  }
  const slowest = [...files].sort(([, a], [, b]) => b - a);
  const total = slowest.reduce((sum, [, duration]) => sum + duration, 0);
  yield `\n${files.size} files, ${seconds(total)} of tests; the slowest:\n`;
  for (const [file, duration] of slowest.slice(0, shown)) yield `${seconds(duration).padStart(8)}  ${file}\n`;
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}
