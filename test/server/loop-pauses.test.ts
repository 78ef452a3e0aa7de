import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { service } from "../../src/service/index.js";

/** A service, whose event loop the test stops: `health` is what it says of itself. */
async function running(t: TestContext) {
  const registry = new MemoryRegistry();
  const made = service({ name: "paused", argv: [], env: {}, registry });
  t.after(async () => {
    await made.close();
    await registry.close();
  });
  await made.start();
  return {
    health: async () => (await made.client.call<{ status: string }>("paused", "Debug.Health", {})).status,
    wait: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
    stop: (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
  };
}

describe("a node whose event loop stands still", () => {
  for (const begin of [0, 2050])
    it(`is well after one pause of 400 ms that begins after ${begin} ms`, async (t) => {
      const { health, wait, stop } = await running(t);
      await wait(begin);
      stop(400);
      await wait(30);
      assert.equal(await health(), "ok");
    });

  for (const begin of [0, 995, 1995])
    it(`is degraded for a second and a half after one of 3 s that begins after ${begin} ms`, async (t) => {
      const { health, wait, stop } = await running(t);
      await wait(begin);
      stop(3000);
      await wait(30);
      assert.equal(await health(), "degraded");
      await wait(1500);
      assert.equal(await health(), "degraded");
    });

  it("is degraded where turn after turn takes 300 ms, and well again 4 s after", async (t) => {
    const { health, wait, stop } = await running(t);
    for (let i = 0; i < 8; i++) {
      stop(300);
      await wait(0);
    }
    assert.equal(await health(), "degraded");
    await wait(4500);
    assert.equal(await health(), "ok");
  });
});
