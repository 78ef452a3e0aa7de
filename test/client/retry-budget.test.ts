import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { RetryBudget } from "../../src/client/retry.js";

/** A budget on a clock that stands still until `pass` moves it. */
function budget(t: TestContext) {
  let now = 1000;
  t.mock.method(performance, "now", () => now);
  const made = new RetryBudget();
  return {
    earn: (calls: number) => {
      for (let i = 0; i < calls; i++) made.earn();
    },
    /** How many retries are allowed now. */
    spent: () => {
      let count = 0;
      while (made.spend()) count++;
      return count;
    },
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe("the budget of retries and hedges", () => {
  it("starts with ten", (t) => {
    assert.equal(budget(t).spent(), 10);
  });

  it("is a fifth of the calls", (t) => {
    const { earn, spent } = budget(t);
    spent();
    earn(4);
    assert.equal(spent(), 0);
    // one more than five, for what a fifth is in binary
    earn(2);
    assert.equal(spent(), 1);
    earn(500);
    assert.ok(Math.abs(spent() - 100) <= 1);
  });

  it("includes ten a second, of which no more than ten are saved", (t) => {
    const { spent, pass } = budget(t);
    spent();
    pass(500);
    assert.equal(spent(), 5);
    pass(60_000);
    assert.equal(spent(), 10);
  });

  it("saves up to a thousand earned by calls", (t) => {
    const { earn, spent } = budget(t);
    earn(100_000);
    assert.equal(spent(), 1000);
  });
});
