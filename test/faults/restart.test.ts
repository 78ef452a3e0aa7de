import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { Rig } from "./rig.js";

describe("a rolling restart by SIGTERM", () => {
  it("costs no call, and each node exits 0", async (t) => {
    await using rig = await Rig.open(3);
    const load = rig.call(8);
    await wait(1000);
    for (let turn = 0; turn < 3; turn++) {
      const fresh = rig.node();
      await rig.present(4);
      const old = rig.nodes[turn];
      old?.child.kill("SIGTERM");
      assert.equal(await old?.exited(), 0);
      rig.nodes[turn] = fresh;
      await rig.present(3);
    }
    rig.stop();
    await load;
    t.diagnostic(`${rig.calls.length} calls`);
    assert.deepEqual(
      rig.calls.filter(({ error }) => error !== undefined),
      [],
    );
    assert.deepEqual(rig.duplicates(), []);
  });
});

describe("a service without any node left", () => {
  it("fails at once, and is called again within a second of its return", async () => {
    await using rig = await Rig.open(1);
    const { client } = rig.caller;
    const hello = () => client.call("go.micro.srv.greeter", "Say.Hello", { name: "J" });
    await hello();
    await rig.nodes[0]?.kill("SIGKILL");
    for (let i = 0; i < 20; i++) {
      const begin = performance.now();
      await assert.rejects(hello(), { code: 503 });
      const took = performance.now() - begin;
      // 50 ms is the goal; the first failure may have a connection to open
      assert.ok(took < 500, `failed after ${took} ms`);
    }
    rig.nodes.push(rig.node());
    const begin = performance.now();
    while (performance.now() - begin < 20_000) {
      const answered = await hello().then(
        () => true,
        () => false,
      );
      if (answered) return;
      await wait(20);
    }
    assert.fail("not called again");
  });
});
