import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Service } from "../../src/core/service.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import type { TimelineEntry } from "../../src/web/model.js";
import { RegistryView } from "../../src/web/registry/registry-view.js";

function greeter(version: string, ...ids: string[]): Service {
  const nodes = ids.map((id, port) => ({ id, address: "127.0.0.1", port, metadata: {} }));
  return { name: "go.micro.srv.greeter", version, metadata: {}, endpoints: [], nodes };
}

/** Waits until the timeline holds what is wanted. */
async function until(view: RegistryView, kinds: readonly string[]): Promise<readonly TimelineEntry[]> {
  const end = performance.now() + 10_000;
  for (;;) {
    const told = view.timeline.map(({ kind }) => kind).reverse();
    if (JSON.stringify(told) === JSON.stringify(kinds)) return view.timeline;
    if (performance.now() > end) assert.deepEqual(told, kinds);
    await sleep(10);
  }
}

describe("the dashboard's view of a registry", () => {
  it("knows the initial state, and reports only later changes", async () => {
    await using registry = new MemoryRegistry();
    await registry.register(greeter("1.0.0", "a"));
    await using view = new RegistryView(registry);
    await view.ready;
    assert.equal(view.summaries()[0]?.nodes, 1);
    assert.deepEqual(view.timeline, []);
    await registry.register(greeter("1.0.0", "b"));
    await until(view, ["node-added"]);
    await registry.register(greeter("2.0.0", "c"));
    await until(view, ["node-added", "version-added"]);
    await registry.deregister(greeter("2.0.0", "c"));
    await until(view, ["node-added", "version-added", "version-removed"]);
    await registry.deregister(greeter("1.0.0", "a", "b"));
    const [last] = await until(view, ["node-added", "version-added", "version-removed", "service-removed"]);
    assert.equal(last?.service, "go.micro.srv.greeter");
    assert.deepEqual(view.summaries(), []);
  });

  it("shows a node that is not renewed as failing", async () => {
    await using registry = new MemoryRegistry();
    await registry.register(greeter("1.0.0", "a"), { ttl: 300 });
    await using view = new RegistryView(registry);
    await until(view, ["node-failing"]);
    assert.deepEqual(view.summaries()[0]?.passing, 0);
  });

  it("counts the nodes without a check", async () => {
    await using registry = new MemoryRegistry();
    await registry.register(greeter("1.0.0", "a"));
    await registry.register(greeter("1.0.0", "b"), { ttl: 60_000 });
    await using view = new RegistryView(registry);
    await view.ready;
    const [summary] = view.summaries();
    assert.deepEqual([summary?.nodes, summary?.passing, summary?.unchecked], [2, 2, 1]);
  });

  it("is ready at once where nothing is registered", async () => {
    await using registry = new MemoryRegistry();
    await using view = new RegistryView(registry);
    await view.ready;
    assert.deepEqual(view.state, { name: "memory", staleSince: null, loaded: true });
  });

  it("measures how long the registry has been unreachable by the monotonic clock", async (t) => {
    await using registry = new MemoryRegistry();
    Object.assign(registry, { listServices: async () => Promise.reject(new Error("away")) });
    await using view = new RegistryView(registry);
    await view.ready;
    assert.notEqual(view.state.staleSince, null);
    const set = Date.now() + 86_400_000;
    t.mock.method(Date, "now", () => set);
    assert.ok(view.staleFor > 0 && view.staleFor < 3_600_000, String(view.staleFor));
  });
});
