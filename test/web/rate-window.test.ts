import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CallCounts } from "../../src/server/call-counts.js";
import { readCalls } from "../../src/web/rates/calls-report.js";
import { p99, RateWindow } from "../../src/web/rates/rate-window.js";

function report(counts: CallCounts) {
  return readCalls(JSON.parse(JSON.stringify(counts.report())));
}

describe("rates of a node", () => {
  it("are the difference of two of its reports, per second", () => {
    const counts = new CallCounts();
    const window = new RateWindow();
    window.add(report(counts), 0);
    for (let i = 0; i < 100; i++) counts.of("Say.Hello", "go.micro.api").record(i === 0 ? 400 : 2, i < 10);
    counts.of("Debug.Calls", "go.micro.web").record(1, false);
    window.add(report(counts), 2_000);
    assert.equal(window.rates?.rate, 50);
    assert.equal(window.rates?.errors, 5);
    assert.deepEqual([...(window.rates?.callers ?? [])], [["go.micro.api", { rate: 50, calls: 100 }]]);
    const slow = p99([window.rates?.latency ?? new Map()]) ?? 0;
    assert.ok(slow >= 2 && slow <= 3, `${slow}`);
  });

  it("start over when the node restarts", () => {
    const window = new RateWindow();
    const before = new CallCounts();
    for (let i = 0; i < 10; i++) before.of("A.B", "").record(1, false);
    window.add(report(before), 0);
    window.add(report(new CallCounts()), 1_000);
    assert.equal(window.rates?.first, true);
    assert.equal(window.rates?.rate, 0);
  });

  it("ignore invalid reports", () => {
    for (const answer of [
      null,
      7,
      [],
      { methods: 7 },
      { methods: [null, { name: 1, calls: -1, latency: [[1]] }] },
    ])
      assert.equal(
        readCalls(answer).methods.reduce((sum, { calls }) => sum + calls, 0),
        0,
      );
  });

  it("have no p99 without calls", () => {
    assert.equal(p99([new Map()]), null);
  });
});
