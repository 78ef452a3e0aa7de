import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { TokenBucket } from "../../../src/core/async/token-bucket.js";

/** A bucket of two, refilled once a second, on a clock that stands still until `pass` moves it. */
function bucketOfTwo(t: TestContext) {
  let now = 1000;
  t.mock.method(performance, "now", () => now);
  const bucket = new TokenBucket({ burst: 2, every: 1000 });
  return {
    bucket,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe("a token bucket", () => {
  it("allows a burst, then one token at a time, and saves no more than the burst", (t) => {
    const { bucket, pass } = bucketOfTwo(t);
    assert.deepEqual([bucket.take(), bucket.take(), bucket.take()], [true, true, false]);
    pass(999);
    assert.equal(bucket.take(), false);
    pass(1);
    assert.deepEqual([bucket.take(), bucket.take()], [true, false]);
    pass(60_000);
    assert.deepEqual([bucket.take(), bucket.take(), bucket.take()], [true, true, false]);
  });

  it("returns the time until the next token", (t) => {
    const { bucket, pass } = bucketOfTwo(t);
    assert.equal(bucket.wait(), 0);
    bucket.take();
    bucket.take();
    assert.equal(bucket.wait(), 1000);
    pass(400);
    assert.equal(bucket.wait(), 600);
  });

  it("reserves a token that is not there yet, and never more than one", (t) => {
    const { bucket, pass } = bucketOfTwo(t);
    assert.deepEqual([bucket.reserve(), bucket.reserve(), bucket.reserve()], [0, 0, 1000]);
    assert.equal(bucket.reserve(), 1000);
    pass(1000);
    assert.equal(bucket.take(), false);
    pass(1000);
    assert.equal(bucket.take(), true);
  });

  it("takes tokens back, up to the burst unless more is allowed", (t) => {
    const { bucket } = bucketOfTwo(t);
    bucket.give(5);
    assert.equal(bucket.reserve(), 0);
    bucket.give(5, 4);
    const taken = Array.from({ length: 5 }, () => bucket.take());
    assert.deepEqual(taken, [true, true, true, true, false]);
  });
});
