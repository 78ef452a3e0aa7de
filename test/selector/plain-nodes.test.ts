import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { unavailable } from "../../src/core/errors.js";
import type { Metadata, Node } from "../../src/core/service.js";
import { Catalog } from "../../src/registry/catalog/catalog.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { CatalogSelector } from "../../src/selector/index.js";
import { MovedClock } from "../support/moved-clock.js";

const refused = unavailable("go.micro.client", "connect: refused", { executed: "no" });

/** Nodes a, b and c of one service, on a clock that the test moves. */
class Nodes implements AsyncDisposable {
  readonly clock = new MovedClock();
  readonly probed: string[] = [];
  readonly reached: string[] = [];
  readonly down = new Set<string>();
  readonly hung = new Set<string>();
  readonly selector: CatalogSelector;
  readonly #registry = new MemoryRegistry();
  readonly #catalog = new Catalog(this.#registry, { probe: async () => true });
  #nodes: readonly Node[] = [];

  constructor() {
    this.selector = new CatalogSelector(this.#catalog, {
      clock: this.clock,
      probe: async ({ id }) => {
        this.probed.push(id);
        return "ok";
      },
      reach: async ({ id }) => {
        this.reached.push(id);
        if (this.down.has(id)) throw refused;
      },
    });
  }

  static async open(metadata: Metadata = {}): Promise<Nodes> {
    const made = new Nodes();
    const nodes = ["a", "b", "c"].map((id, i) => ({ id, address: "127.0.0.1", port: 9000 + i, metadata }));
    await made.#registry.register({ name: "app", version: "1", metadata: {}, endpoints: [], nodes });
    const [found] = await made.#catalog.load("app");
    made.#nodes = found?.nodes ?? [];
    return made;
  }

  node(id: string): Node {
    const found = this.#nodes.find((node) => node.id === id);
    assert.ok(found);
    return found;
  }

  async pick(): Promise<string> {
    return (await this.selector.select("app"))().id;
  }

  /** How many of `count` requests, one after the other and answered at once, go to each node. */
  async shares(count: number): Promise<Map<string, number>> {
    const shares = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      const node = (await this.selector.select("app"))();
      shares.set(node.id, (shares.get(node.id) ?? 0) + 1);
      if (!this.hung.has(node.id)) await this.answer(node.id, 2);
      else {
        this.selector.forwarded(node, false);
        await this.clock.pass(2);
      }
    }
    return shares;
  }

  async answer(id: string, time: number): Promise<void> {
    const report = this.selector.forwarded(this.node(id), false);
    await this.clock.pass(time);
    report.began();
    report.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.selector.close();
    await this.#catalog.close();
    await this.#registry.close();
  }
}

describe("a node that is used as HTTP", () => {
  it("is probed by a connection only after its ejection, and gets its share again", async () => {
    await using nodes = await Nodes.open();
    nodes.down.add("a");
    nodes.selector.forwarded(nodes.node("a"), false).ended(refused);
    assert.equal((await nodes.shares(100)).get("a"), undefined);
    await nodes.clock.pass(5000);
    assert.equal((await nodes.shares(100)).get("a"), undefined);
    nodes.down.clear();
    await nodes.clock.pass(1100);
    assert.ok(((await nodes.shares(300)).get("a") ?? 0) > 50);
    assert.deepEqual(nodes.probed, []);
    assert.ok(nodes.reached.length <= 7, `connected ${nodes.reached.length} times in 6 s`);
  });

  it("is not asked by what says that it is one, though it was called", async () => {
    await using nodes = await Nodes.open({ handler: "proxy" });
    const a = nodes.node("a");
    nodes.selector.sent(a);
    await nodes.clock.pass(3000);
    nodes.selector.mark(a, { duration: 3000, error: refused });
    await nodes.clock.pass(5000);
    assert.deepEqual(nodes.probed, []);
  });

  it("is asked when it says that it answers calls", async () => {
    await using nodes = await Nodes.open({ protocol: "mucp", server: "micro" });
    nodes.selector.forwarded(nodes.node("a"), false).ended(refused);
    await nodes.clock.pass(2000);
    assert.deepEqual(nodes.probed, ["a"]);
  });

  it("is ejected when it hangs, although all nodes were slow before", async () => {
    await using nodes = await Nodes.open();
    for (const id of ["a", "b", "c", "a", "b", "c", "a", "b"]) await nodes.answer(id, 12_000);
    await nodes.shares(300);
    nodes.hung.add("a");
    const shares = await nodes.shares(2000);
    assert.ok((shares.get("a") ?? 0) <= 12, `${shares.get("a")} of 2000 went to the node that hangs`);
  });

  it("gets one request at a time after its ejection, less and less often while it hangs", async () => {
    await using nodes = await Nodes.open();
    await nodes.shares(30);
    nodes.hung.add("a");
    const lost = (await nodes.shares(30_000)).get("a") ?? 0;
    assert.ok(lost >= 2 && lost <= 10, `${lost} requests went to a node that hung for a minute`);
  });

  it("is back with its first answer", async () => {
    await using nodes = await Nodes.open();
    await nodes.shares(30);
    const hung = [
      nodes.selector.forwarded(nodes.node("a"), false),
      nodes.selector.forwarded(nodes.node("a"), false),
    ];
    await nodes.clock.pass(1100);
    assert.equal((await nodes.shares(100)).get("a"), undefined);
    hung[0]?.began();
    for (const id of ["b", "c"]) nodes.selector.forwarded(nodes.node(id), false).ended(refused);
    assert.equal(await nodes.pick(), "a");
    assert.deepEqual(nodes.reached, []);
  });

  it("is ejected although each client disconnects before it is certain that it hangs", async () => {
    await using nodes = await Nodes.open();
    await nodes.shares(30);
    for (let i = 0; i < 3; i++) {
      await nodes.clock.pass(3000);
      const left = nodes.selector.forwarded(nodes.node("a"), false);
      await nodes.clock.pass(400);
      left.ended();
    }
    assert.equal((await nodes.shares(100)).get("a"), undefined);
  });

  it("is not slow by long answers and uploads", async () => {
    await using nodes = await Nodes.open();
    await nodes.shares(30);
    const download = nodes.selector.forwarded(nodes.node("a"), false);
    download.began();
    const upload = nodes.selector.forwarded(nodes.node("a"), true);
    await nodes.clock.pass(60_000);
    upload.asked();
    await nodes.clock.pass(2);
    upload.began();
    upload.ended();
    download.ended();
    const shares = await nodes.shares(600);
    assert.ok((shares.get("a") ?? 0) > 100, `${shares.get("a")} of 600`);
    assert.deepEqual(nodes.reached, []);
  });

  it("is not ejected for an upload that its client aborted", async () => {
    await using nodes = await Nodes.open();
    await nodes.shares(30);
    const upload = nodes.selector.forwarded(nodes.node("a"), true);
    await nodes.clock.pass(5000);
    upload.ended();
    assert.ok(((await nodes.shares(600)).get("a") ?? 0) > 100);
  });

  it("that refused last is the last to be tried when all are out", async () => {
    await using nodes = await Nodes.open();
    for (const id of ["b", "c", "a"]) {
      nodes.selector.forwarded(nodes.node(id), false).ended(refused);
      await nodes.clock.pass(100);
    }
    assert.equal(await nodes.pick(), "b");
    nodes.selector.forwarded(nodes.node("b"), false).ended(refused);
    assert.equal(await nodes.pick(), "c");
  });
});
