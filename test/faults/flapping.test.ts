import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { eventually } from "../../src/testing/eventually.js";
import { Rig } from "./rig.js";

describe("R8: a node that hangs and answers in turn", () => {
  it("costs idempotent callers no call, and is called again when it stays well", async (t) => {
    await using rig = await Rig.open(3);
    const [flapping] = rig.nodes;
    const load = rig.call(8, { idempotent: true });
    await wait(1000);
    for (let flap = 0; flap < 5; flap++) {
      flapping?.child.kill("SIGSTOP");
      await wait(1000);
      flapping?.child.kill("SIGCONT");
      await wait(1000);
    }
    const well = performance.now();
    const isBack = () => {
      const after = rig.calls.filter(({ start, node }) => start > well && node === flapping?.pid);
      assert.ok(after.length > 0, `${after.length} calls to it`);
    };
    // how long it may stay out after that many: test/selector/ejected-nodes
    await eventually(isBack, 60_000);
    rig.stop();
    await load;
    t.diagnostic(`${rig.calls.length} calls; again in use after ${Math.round(performance.now() - well)} ms`);
    assert.deepEqual(
      rig.calls.filter(({ error }) => error !== undefined),
      [],
    );
  });
});
