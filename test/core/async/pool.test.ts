import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pool } from "../../../src/core/async/pool.js";

describe("pool", () => {
  it("keeps the order of the items", async () => {
    assert.deepEqual(await pool([3, 1, 2], 2, async (n) => n * 2), [6, 2, 4]);
  });

  it("starts no further item once one has failed", async () => {
    const started: number[] = [];
    const work = async (n: number) => {
      started.push(n);
      if (n === 2) throw new Error("failed");
    };
    await assert.rejects(pool([1, 2, 3, 4, 5, 6], 2, work), /failed/);
    await new Promise(setImmediate);
    assert.ok(started.length <= 3, `started ${started}`);
  });
});
