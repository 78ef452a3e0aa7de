import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatDuration, parseDuration } from "../../../src/core/time/duration.js";

describe("durations", () => {
  it("reads the forms of Go, and bare seconds", () => {
    assert.equal(parseDuration("500ms"), 500);
    assert.equal(parseDuration("1m30s"), 90_000);
    assert.equal(parseDuration("1.5h"), 5_400_000);
    assert.equal(parseDuration("30"), 30_000);
    assert.equal(parseDuration("-2s"), -2000);
  });

  it("writes the forms of Go", () => {
    assert.equal(formatDuration(0), "0s");
    assert.equal(formatDuration(60_000), "1m0s");
    assert.equal(formatDuration(2_083_000), "34m43s");
    assert.equal(formatDuration(2.060328), "2.060328ms");
    assert.equal(formatDuration(1500), "1.5s");
  });

  it("answers 400 for anything else", () => {
    for (const text of ["", "s", "5x", "1 s", "abc", "1s2", "--1s"])
      assert.throws(() => parseDuration(text), { code: 400 });
  });

  it("reads back what it writes", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), (ms) =>
        assert.equal(parseDuration(formatDuration(ms)), ms),
      ),
    );
  });
});
