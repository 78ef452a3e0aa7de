import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Catalog } from "../../src/registry/catalog/catalog.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { CatalogSelector } from "../../src/selector/index.js";
import type { Filter, Outcome } from "../../src/selector/selector.js";
import { MovedClock } from "../support/moved-clock.js";

const app = { name: "app", metadata: {}, endpoints: [] } as const;

/** Nodes a, b and c of one service: a answers in `time` ms as `outcome` says, the others well and in 5 ms. */
async function shareOfA(callers: number, time: number, outcome: Partial<Outcome>): Promise<number> {
  const clock = new MovedClock();
  await using registry = new MemoryRegistry();
  await using catalog = new Catalog(registry, { probe: async () => true });
  await using selector = new CatalogSelector(catalog, { clock });
  const nodes = ["a", "b", "c"].map((id, i) => ({ id, address: "127.0.0.1", port: 9000 + i, metadata: {} }));
  await registry.register({ ...app, version: "1", nodes });
  await catalog.load("app");
  const next = await selector.select("app");
  let calls = 0;
  let toA = 0;
  const begin = () => {
    const node = next();
    calls++;
    if (node.id === "a") toA++;
    selector.sent(node);
    const duration = node.id === "a" ? time : 5;
    clock.schedule(duration, () => {
      selector.mark(node, { duration, ...(node.id === "a" ? outcome : {}) });
      begin();
    });
  };
  for (let i = 0; i < callers; i++) begin();
  while (calls < 1500) await clock.pass(5);
  return toA / calls;
}

describe("a node that answers with errors of its own", () => {
  for (const callers of [1, 10])
    it(`gets no more than its share for failing at once, with ${callers} at a time`, async () => {
      const share = await shareOfA(callers, 0.5, { faulty: true });
      assert.ok(share < 0.4, `${share}`);
      assert.ok(share > 0.1, `${share}: it is not left out either`);
    });

  it("gets more if its fast answers are successes", async () => {
    const share = await shareOfA(10, 0.5, {});
    assert.ok(share > 0.5, `${share}`);
  });
});

describe("versions with different endpoints", () => {
  const endpoint = (name: string) => ({ name, request: null, response: null, metadata: {} });
  const version = (number: string, id: string, endpoints: readonly string[]) => ({
    ...app,
    version: number,
    endpoints: endpoints.map(endpoint),
    nodes: [{ id, address: "127.0.0.1", port: 9000, metadata: {} }],
  });

  async function picked(called: string, filtered = false): Promise<string> {
    await using registry = new MemoryRegistry();
    await using catalog = new Catalog(registry, { probe: async () => true });
    await using selector = new CatalogSelector(catalog);
    await registry.register(version("1", "old", ["R.Who", "R.Old"]));
    await registry.register(version("2", "new", ["R.Who", "R.New"]));
    await registry.register(version("3", "silent", []));
    await catalog.load("app");
    const all: Filter = (services) => services;
    const next = await selector.select("app", { endpoint: called, filters: filtered ? [all] : [] });
    return [...new Set(Array.from({ length: 200 }, () => next().id))].sort().join();
  }

  for (const filtered of [false, true]) {
    const how = filtered ? "with filters" : "without filters";
    it(`take the calls of methods that they have, or say nothing of, ${how}`, async () => {
      assert.equal(await picked("R.New", filtered), "new,silent");
      assert.equal(await picked("R.Old", filtered), "old,silent");
      assert.equal(await picked("R.Who", filtered), "new,old,silent");
    });

    it(`all take the calls of a method that none has registered, ${how}`, async () => {
      assert.equal(await picked("Debug.Health", filtered), "new,old,silent");
    });
  }
});
