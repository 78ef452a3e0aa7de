// The reporter of bundled tests: each test, then the table of the suites, then the slowest files. One reporter, so that
// their output is not mixed, and all name source files.
import { Readable } from "node:stream";
import { spec } from "node:test/reporters";
import slowestFiles from "./slowest-files.js";
import { withSourcePositions } from "./source-positions.js";
import suiteTable from "./suite-table.js";

export default async function* unitReport(events) {
  const seen = [];
  async function* mapped() {
    for await (const event of events) {
      const it = withSourcePositions(event);
      if (/^test:(start|pass|fail)$/.test(event.type)) seen.push(it);
      yield it;
    }
  }
  yield* Readable.from(mapped()).pipe(new spec());
  yield* suiteTable(seen);
  yield* slowestFiles(seen);
}
