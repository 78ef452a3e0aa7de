import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { LoopPauses } from "../../src/server/loop-pauses.js";
import { MovedClock } from "../support/moved-clock.js";

/** Milliseconds beyond which a node is degraded. */
const slow = 250;

function measuring(t: TestContext) {
  const clock = new MovedClock();
  const pauses = new LoopPauses(clock);
  pauses.start();
  t.after(() => {
    pauses.stop();
    assert.equal(clock.pending, 0);
  });
  return { clock, pauses };
}

describe("the pauses of an event loop", () => {
  for (const begin of [0, 40, 2050])
    it(`are short after one of 400 ms that begins after ${begin} ms`, async (t) => {
      const { clock, pauses } = measuring(t);
      await clock.pass(begin);
      clock.stall(400);
      assert.ok(pauses.usual() < slow);
      await clock.pass(30);
      assert.ok(pauses.usual() < slow);
    });

  for (const begin of [0, 995, 1995, 2000])
    it(`are long for 1.5 s after one of 3 s that begins after ${begin} ms`, async (t) => {
      const { clock, pauses } = measuring(t);
      await clock.pass(begin);
      clock.stall(3000);
      assert.ok(pauses.usual() > slow, "seen at once, before any timer has run");
      await clock.pass(1500);
      assert.ok(pauses.usual() > slow);
      await clock.pass(4500);
      assert.ok(pauses.usual() < slow);
    });

  it("are long where turn after turn takes 300 ms", async (t) => {
    const { clock, pauses } = measuring(t);
    for (let i = 0; i < 8; i++) {
      clock.stall(300);
      await clock.pass(0);
    }
    assert.ok(pauses.usual() > slow);
    await clock.pass(4500);
    assert.ok(pauses.usual() < slow);
  });
});
