import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { between, percentile, Rig } from "./rig.js";

describe("a node that hangs (SIGSTOP)", () => {
  it("costs no idempotent calls, and of the others only those in flight at the stop", async (t) => {
    await using rig = await Rig.open(3);
    const load = rig.call(12);
    await wait(4000);
    const stopped = performance.now();
    rig.nodes[0]?.child.kill("SIGSTOP");
    await wait(8000);
    const resumed = performance.now();
    rig.nodes[0]?.child.kill("SIGCONT");
    await wait(5000);
    const end = performance.now();
    rig.stop();
    await load;

    const lost = rig.calls.filter(({ error }) => error !== undefined);
    const healthy = between(rig.calls, stopped - 2000, stopped);
    const later = between(rig.calls, stopped + 3000, stopped + 7000);
    const share = later.length / 4 / (healthy.length / 2);
    t.diagnostic(
      `${rig.calls.length} calls, ${lost.length} lost; after 3 s ${Math.round(share * 100)} % of the healthy rate`,
    );
    assert.deepEqual(
      lost.filter(({ idempotent }) => idempotent),
      [],
    );
    assert.ok(
      lost.every(({ start }) => start < stopped + 1500),
      "only calls of the first moments were lost",
    );
    assert.ok(lost.length <= 12, `${lost.length} lost`);
    const slowest = Math.max(
      ...rig.calls.filter(({ idempotent }) => idempotent).map(({ duration }) => duration),
    );
    assert.ok(slowest <= 2000 + 500, `slowest idempotent call ${Math.round(slowest)} ms`);
    // against the rate before, the load of the machine at either time would count too
    const slow = later.filter(({ duration }) => duration > 1000);
    assert.ok(slow.length <= 0.02 * later.length, `${slow.length} of ${later.length} calls were held up`);
    const back = between(rig.calls, resumed, end).filter(({ node }) => node === rig.nodes[0]?.pid);
    assert.ok(back.length > 0, "the node is in use again within 5 s");
  });

  it("is distinguished from a slow one: nodes with 2 s handlers are not ejected", async () => {
    await using rig = await Rig.open(2, { DELAY: "2000" });
    const load = rig.call(4, { idempotent: false });
    await wait(6000);
    rig.stop();
    await load;
    assert.deepEqual(
      rig.calls.filter(({ error }) => error !== undefined),
      [],
    );
    assert.equal(new Set(rig.calls.map(({ node }) => node)).size, 2);
  });
});

describe("a node that is slow by 500 ms", () => {
  it("gets few calls after 5 s, and its share again when it is quick", async (t) => {
    await using rig = await Rig.open(3);
    const load = rig.call(12);
    await wait(4000);
    const slowed = performance.now();
    rig.nodes[0]?.child.kill("SIGUSR2");
    await wait(9000);
    const quick = performance.now();
    rig.nodes[0]?.child.kill("SIGUSR2");
    await wait(10_000);
    const end = performance.now();
    rig.stop();
    await load;
    const slow = rig.nodes[0]?.pid;
    const during = between(rig.calls, slowed + 5000, quick);
    const share = during.filter(({ node }) => node === slow).length / during.length;
    const after = between(rig.calls, end - 2000, end);
    const shareAfter = after.filter(({ node }) => node === slow).length / after.length;
    const healthy = between(rig.calls, slowed - 2000, slowed);
    t.diagnostic(
      `share while slow ${(share * 100).toFixed(1)} %, after ${(shareAfter * 100).toFixed(1)} %; p95 ${percentile(during, 0.95).toFixed(1)} against ${percentile(healthy, 0.95).toFixed(1)} ms`,
    );
    assert.deepEqual(
      rig.calls.filter(({ error }) => error !== undefined),
      [],
    );
    assert.ok(share <= 0.05, `share while slow: ${share}`);
    assert.ok(shareAfter >= 0.1, `share after: ${shareAfter}`);
  });
});
