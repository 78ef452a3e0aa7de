import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventually } from "../../src/testing/eventually.js";
import { between, Rig } from "./rig.js";

const greeter = "go.micro.srv.greeter";
/** Milliseconds: how long the loop stands still, and until when callers must have noticed; the goal is 500. */
const blocked = 3000;
const noticed = 1500;

describe("R19: a node whose event loop is blocked", () => {
  it("is avoided, says that it is degraded, stays registered, and is called again soon after", async (t) => {
    await using rig = await Rig.open(3);
    const { client, catalog } = rig.caller;
    const pid = rig.nodes[0]?.pid ?? 0;
    const services = await catalog.load(greeter);
    const load = rig.call(8);
    await eventually(() =>
      assert.ok(
        rig.calls.some(({ node }) => node === pid),
        "called",
      ),
    );
    const node = await rig.idOf(pid);
    const begin = performance.now();
    const changes: string[] = [];
    void (async () => {
      for await (const { action } of catalog.changes({ service: greeter })) changes.push(action);
    })();
    const block = client.call(greeter, "Say.Block", { ms: blocked }, { node, timeout: 30_000 });
    await block;
    const end = performance.now();
    const healths = [];
    for (let i = 0; i < 2; i++)
      healths.push(await client.call<{ status: string }>(greeter, "Debug.Health", {}, { node }));
    const isBack = () => {
      const after = rig.calls.filter(({ start, node }) => start > end && node === pid);
      assert.ok(after.length > 0, `${after.length} calls to it`);
    };
    await eventually(isBack, 60_000);
    const back = performance.now() - end;
    rig.stop();
    await load;

    const during = between(rig.calls, begin + noticed, end - 500);
    t.diagnostic(`${during.length} calls while avoided; in use again ${Math.round(back)} ms after`);
    assert.deepEqual(
      rig.calls.filter(({ error }) => error !== undefined),
      [],
    );
    assert.ok(during.length > 0, `${during.length} calls`);
    assert.deepEqual(
      during.filter(({ node }) => node === pid),
      [],
      "calls that waited for it",
    );
    assert.deepEqual(
      healths.map(({ status }) => status),
      ["degraded", "degraded"],
    );
    assert.deepEqual(changes, ["create"]);
    assert.equal(catalog.services(greeter), services);
  });
});
