import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readDebugStats } from "../../src/service/debug-stats.js";

const none = { started: 0, uptime: 0, memory: 0, threads: 0, gc: 0 };

describe("what a node replies to Debug.Stats", () => {
  it("is numbers, also as text, and zero for what is left out", () => {
    assert.deepEqual(readDebugStats({ started: "1700000000", uptime: 3, gc: 1.5 }), {
      ...none,
      started: 1_700_000_000,
      uptime: 3,
      gc: 1.5,
    });
    for (const nothing of [undefined, null, "text", 7, []]) assert.deepEqual(readDebugStats(nothing), none);
  });

  it("is zero for what is no amount, and for a start that no date can have", () => {
    assert.deepEqual(
      readDebugStats({ uptime: -1, memory: "x", threads: {}, gc: 1 / 0, started: 1e20 }),
      none,
    );
    assert.equal(new Date(readDebugStats({ started: 8.64e12 }).started * 1000).getUTCFullYear(), 275_760);
  });
});
