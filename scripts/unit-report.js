// The reporter of the unit tests: the table of the suites, then the slowest files. One reporter, so that their output
// is not mixed.
import slowestFiles from "./slowest-files.js";
import suiteTable from "./suite-table.js";

export default async function* unitReport(events) {
  const seen = [];
  for await (const event of events) if (/^test:(start|pass|fail)$/.test(event.type)) seen.push(event);
  yield* suiteTable(seen);
  yield* slowestFiles(seen);
}
