import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { backOff, spread } from "../../../src/core/time/backoff.js";

const limits = { least: 100, most: 2000 };

function range(wait: () => number): [least: number, most: number] {
  const waits = Array.from({ length: 2000 }, wait);
  return [Math.min(...waits), Math.max(...waits)];
}

describe("the back-off", () => {
  it("waits for a random time below a ceiling that doubles with each failure, and never less than half of the least", () => {
    for (const [failures, ceiling] of [
      [1, 100],
      [2, 200],
      [3, 400],
      [5, 1600],
      [6, 2000],
      [2000, 2000],
    ] as const) {
      const [shortest, longest] = range(() => backOff(failures, limits));
      assert.ok(shortest >= 50 && longest <= ceiling, `${failures}: ${shortest} to ${longest}`);
      const width = ceiling - 50;
      assert.ok(shortest < 50 + width / 10 && longest > ceiling - width / 10, `${failures}: spread out`);
    }
  });

  it("spreads a regular time by a fifth", () => {
    const [shortest, longest] = range(() => spread(1000));
    assert.ok(shortest >= 800 && shortest < 820 && longest <= 1200 && longest > 1180);
  });
});
