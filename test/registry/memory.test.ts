import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { openRegistry } from "../../src/registry/index.js";
import { MemoryRegistry, MemoryStore } from "../../src/registry/memory/memory.js";
import { registrySuite } from "../../src/testing/registry/registry.js";

const store = new MemoryStore();
registrySuite("memory", async () => new MemoryRegistry(store), { ttl: 100 });

describe("openRegistry", () => {
  it("lists the known names for an unknown one", async () => {
    const expected = {
      code: 400,
      reason: "BAD_FLAG_VALUE",
      detail: /registry "zookeeper": not one of .*consul.*memory/,
    };
    await assert.rejects(openRegistry("zookeeper"), expected);
    await assert.rejects(openRegistry("constructor"), { reason: "BAD_FLAG_VALUE" });
  });

  it("gives registries that share what is registered with all of the same address", async () => {
    const addresses = ["registry-test"];
    await using one = await openRegistry("memory", { addresses });
    await using same = await openRegistry("memory", { addresses });
    await using two = await openRegistry("memory");
    const node = { id: "a-1", address: "127.0.0.1", port: 1, metadata: {} };
    await one.register({ name: "a", version: "", metadata: {}, endpoints: [], nodes: [node] });
    assert.equal((await same.getService("a")).length, 1);
    await assert.rejects(two.getService("a"), { code: 404 });
  });
});

describe("the store of memory registries", () => {
  const entry = (port: number) => ({
    name: "greeter",
    version: "1.0.0",
    endpoints: [],
    node: { id: "greeter-1", address: "127.0.0.1", port, metadata: { transport: "http" } },
  });

  it("notifies watchers of changes, but not of renewals", () => {
    const store = new MemoryStore();
    const heard: string[] = [];
    const stop = store.observe((name) => heard.push(name));
    store.put(entry(1), 60_000);
    store.put(entry(1), 60_000);
    assert.equal(heard.length, 1);
    store.put(entry(2), 60_000);
    assert.equal(heard.length, 2);
    stop();
  });

  it("tells watchers of each node that turns critical, also of those that do between two looks at the clock", async () => {
    const stores = Array.from({ length: 500 }, () => {
      const store = new MemoryStore();
      store.put(entry(1), 2 + 2 * Math.random());
      return { store, told: new Promise<void>((resolve) => store.observe(() => resolve())) };
    });
    const late = new AbortController();
    const limit = wait(10_000, "a node stayed", { signal: late.signal });
    const all = Promise.all(stores.map(({ told }) => told)).then(() => "all");
    assert.equal(await Promise.race([all, limit]), "all");
    late.abort();
    await limit.catch(() => undefined);
  });
});
