import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bucketLimit, CallCounts } from "../../src/server/call-counts.js";

describe("counts of calls", () => {
  it("are kept by method: calls, errors and callers", () => {
    const counts = new CallCounts();
    counts.of("Say.Hello", "go.micro.api").record(1, false);
    counts.of("Say.Hello", "go.micro.api").record(2, true);
    counts.of("Say.Hello", "").record(2, false);
    const [method] = counts.report().methods;
    assert.equal(method?.name, "Say.Hello");
    assert.equal(method?.calls, 3);
    assert.equal(method?.errors, 1);
    assert.deepEqual(method?.callers, [
      { name: "go.micro.api", calls: 2 },
      { name: "", calls: 1 },
    ]);
  });

  it("put a duration into the bucket whose limit is at most half above it", () => {
    for (const duration of [0.002, 0.05, 1, 7, 120, 5_000, 3_600_000]) {
      const counts = new CallCounts();
      counts.of("A.B", "").record(duration, false);
      const bucket = counts.report().methods[0]?.latency[0]?.[0] ?? Number.NaN;
      assert.ok(bucketLimit(bucket) > duration, `${duration} below ${bucketLimit(bucket)}`);
      assert.ok(bucketLimit(bucket) <= duration * 1.5001, `${duration} near ${bucketLimit(bucket)}`);
    }
  });

  it("count what exceeds their bounds as other", () => {
    const counts = new CallCounts();
    for (let i = 0; i < 3_000; i++) counts.of(`A.M${i}`, `caller-${i}`).record(1, false);
    for (let i = 0; i < 3_000; i++) counts.of("A.M0", `caller-${i}`).record(1, false);
    const { methods } = counts.report();
    assert.ok(methods.length <= 1_001);
    assert.equal(methods.find(({ name }) => name === "other")?.calls, 2_000);
    assert.ok((methods[0]?.callers.length ?? 0) <= 201);
  });
});
