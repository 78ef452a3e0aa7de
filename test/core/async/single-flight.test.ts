import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SingleFlight } from "../../../src/core/async/single-flight.js";

describe("Rounds", () => {
  it("shares the next round between all who ask while one is under way", async () => {
    let rounds = 0;
    const shared = new SingleFlight(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return ++rounds;
    });
    const results = await Promise.all([shared.run(), shared.run(), shared.run()]);
    assert.deepEqual(results, [1, 2, 2]);
    assert.equal(shared.idle, true);
    assert.equal(await shared.run(), 3);
  });

  it("goes on after a round that failed", async () => {
    let rounds = 0;
    const shared = new SingleFlight(async () => {
      if (++rounds === 1) throw new Error("first");
      return rounds;
    });
    const first = shared.run();
    const second = shared.run();
    await assert.rejects(first, /first/);
    assert.equal(await second, 2);
  });
});
