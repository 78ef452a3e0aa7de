import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { unavailable } from "../../src/core/errors.js";
import type { Node } from "../../src/core/service.js";
import { Catalog } from "../../src/registry/catalog/catalog.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { CatalogSelector } from "../../src/selector/index.js";
import { eventually } from "../../src/testing/eventually.js";
import { MovedClock } from "../support/moved-clock.js";

const lost = unavailable("go.micro.client", "refused", { reason: "NODE_UNREACHABLE", executed: "no" });

/** Two nodes, `a` and `b`, whose health is what the test says: nothing for a node that does not answer. */
class Fleet implements AsyncDisposable {
  readonly clock = new MovedClock();
  readonly health = new Map<string, "ok" | "degraded">([
    ["a", "ok"],
    ["b", "ok"],
  ]);
  /** Who was asked, and when. */
  readonly asked: { readonly id: string; readonly at: number }[] = [];
  readonly #registry = new MemoryRegistry();
  readonly #catalog = new Catalog(this.#registry, { probe: async () => false });
  readonly selector = new CatalogSelector(this.#catalog, {
    clock: this.clock,
    probe: async ({ id }) => {
      this.asked.push({ id, at: this.clock.now() });
      return this.health.get(id) ?? Promise.reject(lost);
    },
  });

  static async open(): Promise<Fleet> {
    const fleet = new Fleet();
    for (const id of ["a", "b"]) await fleet.#registry.register(fleet.#entry(id));
    await fleet.#catalog.load("app");
    return fleet;
  }

  /** Calls for `time`, one each 10 ms: who answered. */
  async call(time: number, duration = 5): Promise<string[]> {
    const nodes: string[] = [];
    for (let passed = 0; passed < time; passed += 10) {
      const node = await this.#next();
      nodes.push(node.id);
      this.selector.sent(node);
      const answers = this.health.has(node.id);
      this.clock.schedule(duration, () =>
        this.selector.mark(node, answers ? { duration } : { duration, error: lost }),
      );
      await this.clock.pass(10);
    }
    return nodes;
  }

  /** One call to `id` that takes 1 s: long enough for the node to be asked how it is. */
  async callSlowly(id: string): Promise<void> {
    let node = await this.#next();
    while (node.id !== id) node = await this.#next();
    this.selector.sent(node);
    await this.clock.pass(1000);
    this.selector.mark(node, { duration: 1000 });
  }

  async leave(id: string): Promise<void> {
    await this.#registry.deregister(this.#entry(id));
    await eventually(() => assert.equal(this.#ids().includes(id), false));
  }

  async return(id: string): Promise<void> {
    await this.#registry.register(this.#entry(id));
    await eventually(() => assert.equal(this.#ids().includes(id), true));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.selector.close();
    await this.#catalog.close();
    await this.#registry.close();
  }

  async #next(): Promise<Node> {
    return (await this.selector.select("app"))();
  }

  #ids(): string[] {
    return (this.#catalog.services("app") ?? []).flatMap(({ nodes }) => nodes.map(({ id }) => id));
  }

  #entry(id: string) {
    const nodes = [{ id, address: "127.0.0.1", port: id === "a" ? 9000 : 9001, metadata: {} }];
    return { name: "app", version: "1", metadata: {}, endpoints: [], nodes };
  }
}

describe("a node that says that it is degraded", () => {
  it("gets no call while another node is healthy, and gets calls again once it is healthy", async () => {
    await using fleet = await Fleet.open();
    fleet.health.set("a", "degraded");
    await fleet.callSlowly("a");
    assert.deepEqual(new Set(await fleet.call(5000)), new Set(["b"]));
    fleet.health.set("a", "ok");
    await fleet.call(1500);
    assert.deepEqual(new Set(await fleet.call(20_000)), new Set(["a", "b"]));
  });
});

describe("R8: a node that flaps", () => {
  it("stays out longer each time, up to 30 s", async () => {
    await using fleet = await Fleet.open();
    const out: number[] = [];
    for (let flap = 0; flap < 7; flap++) {
      fleet.health.delete("a");
      const begin = fleet.clock.now();
      while (!(await fleet.call(10)).includes("a"));
      await fleet.clock.pass(10);
      const ejected = fleet.clock.now();
      fleet.health.set("a", "ok");
      while (!(await fleet.call(10)).includes("a"));
      out.push(fleet.clock.now() - ejected);
      assert.ok(fleet.clock.now() - begin < 60_000);
    }
    for (const [i, wanted] of [1, 2, 4, 8, 16, 30, 30].entries()) {
      const seconds = (out[i] ?? 0) / 1000;
      assert.ok(seconds > wanted * 0.75 && seconds < wanted * 1.25 + 1, `${i}: ${out}`);
    }
  });
});

describe("a node that left while it was out", () => {
  it("is no longer probed, and is called when it returns", async () => {
    await using fleet = await Fleet.open();
    fleet.health.delete("a");
    while (!(await fleet.call(10)).includes("a"));
    await fleet.call(5000);
    assert.ok(fleet.asked.length > 1, `asked ${fleet.asked.length} times while it is listed`);
    await fleet.leave("a");
    await fleet.call(2000);
    const before = fleet.asked.length;
    await fleet.call(10_000);
    assert.equal(fleet.asked.length, before);
    fleet.health.set("a", "ok");
    await fleet.return("a");
    assert.ok((await fleet.call(1000)).includes("a"), "called");
  });
});
