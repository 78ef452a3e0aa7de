import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SingleFlight } from "../../../src/core/async/single-flight.js";

describe("SingleFlight", () => {
  it("shares the next run among all calls made during one", async () => {
    let runs = 0;
    const shared = new SingleFlight(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return ++runs;
    });
    const results = await Promise.all([shared.run(), shared.run(), shared.run()]);
    assert.deepEqual(results, [1, 2, 2]);
    assert.equal(shared.idle, true);
    assert.equal(await shared.run(), 3);
  });

  it("goes on after a run that failed", async () => {
    let runs = 0;
    const shared = new SingleFlight(async () => {
      if (++runs === 1) throw new Error("first");
      return runs;
    });
    const first = shared.run();
    const second = shared.run();
    await assert.rejects(first, /first/);
    assert.equal(await second, 2);
  });

  it("tells each run when its first caller called", async () => {
    const waited: number[] = [];
    const shared = new SingleFlight(async (asked) => {
      waited.push(performance.now() - asked);
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    await Promise.all([shared.run(), shared.run(), shared.run()]);
    assert.deepEqual(
      waited.map((each) => each >= 45),
      [false, true],
    );
  });
});
