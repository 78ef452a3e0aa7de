import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { nodeLost, unavailable } from "../../src/core/errors.js";
import type { Metadata, Node } from "../../src/core/service.js";
import { Outliers } from "../../src/selector/outliers.js";
import { CapturedLog } from "../support/captured-log.js";
import { MovedClock } from "../support/moved-clock.js";

const refused = unavailable("go.micro.client", "127.0.0.1:9000: connection refused", { executed: "no" });
const out = "node is out: it gets no calls until it answers";
const back = "node is back: it answered a call";

/** Nodes of one service, and what is logged of them. */
function watched(
  t: TestContext,
  { ids = ["a"], metadata = {} }: { ids?: string[]; metadata?: Metadata } = {},
) {
  const clock = new MovedClock();
  const log = new CapturedLog();
  const nodes: Node[] = ids.map((id) => ({ id, address: "127.0.0.1", port: 9000, metadata }));
  const listed = [{ name: "app", version: "1", metadata: {}, endpoints: [], nodes }];
  let services = listed;
  let well = false;
  const probe = async () => {
    if (!well) throw refused;
    return "ok" as const;
  };
  const outliers = new Outliers({ clock, log, probe, reach: async () => {}, services: () => services });
  t.after(() => outliers.close());
  t.mock.method(Math, "random", () => 0.5);
  outliers.peers(listed);
  const [node] = nodes;
  assert.ok(node);
  return {
    clock,
    outliers,
    log,
    nodes,
    node,
    fail: (to = node) => {
      outliers.sent(to, clock.now());
      outliers.mark(to, { duration: 0, error: refused }, clock.now());
    },
    succeed: (to = node) => {
      outliers.sent(to, clock.now());
      outliers.mark(to, { duration: 1 }, clock.now());
    },
    recovers: () => {
      well = true;
    },
    leaves: () => {
      services = [];
    },
    lines: () => [...log.warnings, ...log.infos].map(({ message, node: id }) => `${id}: ${message}`),
  };
}

describe("the log of nodes that are out", () => {
  it("has one line when a node goes out, with the service, its address and why, and one when it is back", async (t) => {
    const { clock, log, fail, succeed, recovers, outliers } = watched(t);
    for (let i = 0; i < 50; i++) fail();
    const address = "127.0.0.1:9000";
    assert.deepEqual(log.warnings, [
      { service: "app", node: "a", address, why: refused.detail, message: out },
    ]);
    assert.deepEqual([...outliers.out], [["app", 1]]);
    // probes and the call of a trial that fail change nothing
    await clock.pass(20_000);
    fail();
    recovers();
    await clock.pass(40_000);
    assert.equal(log.warnings.length + log.infos.length, 1);
    for (let i = 0; i < 50; i++) succeed();
    assert.deepEqual(log.infos, [{ service: "app", node: "a", address, outForMs: 60_000, message: back }]);
    assert.equal(log.warnings.length, 1);
    assert.deepEqual([...outliers.out], []);
  });

  it("has a line for a node whose probe fails, and for one that speaks HTTP and is silent", async (t) => {
    const rpc = watched(t);
    rpc.outliers.sent(rpc.node, rpc.clock.now());
    await rpc.clock.pass(5000);
    assert.deepEqual(rpc.lines(), [`a: ${out}`]);
    const http = watched(t, { metadata: { handler: "proxy" } });
    const request = http.outliers.forwarded(http.node, false);
    await http.clock.pass(5000);
    assert.deepEqual(http.lines(), [`a: ${out}`]);
    assert.match(http.log.warnings[0]?.why ?? "", /no answer/);
    request.began(200);
    request.ended();
    assert.deepEqual(http.lines(), [`a: ${out}`, `a: ${back}`]);
  });

  it("has a line for a node that leaves the registry while it is out", async (t) => {
    const { clock, fail, leaves, lines, outliers } = watched(t);
    fail();
    leaves();
    await clock.pass(5000);
    assert.deepEqual(lines(), [`a: ${out}`, "a: node that was out has left the registry"]);
    assert.deepEqual([...outliers.out], []);
  });

  it("has a line for a node that answers its probe, and leaves before anybody calls it", async (t) => {
    const { clock, fail, recovers, leaves, lines, outliers } = watched(t);
    fail();
    recovers();
    await clock.pass(5000);
    assert.deepEqual([...outliers.out], [["app", 1]]);
    leaves();
    await clock.pass(5000);
    assert.deepEqual(lines(), [`a: ${out}`, "a: node that was out has left the registry"]);
    assert.deepEqual([...outliers.out], []);
    assert.equal(clock.pending, 0);
  });

  it("has one line a minute for a node that goes out and comes back with every call", async (t) => {
    const { clock, log, fail, succeed } = watched(t);
    for (let i = 0; i < 1200; i++) {
      fail();
      succeed();
      await clock.pass(100);
    }
    assert.deepEqual([log.warnings.length, log.infos.length], [2, 2]);
    assert.equal(log.warnings[1]?.timesSince, 599);
  });

  it("has at most 100 lines at once, however many nodes go out, and says how many it left out", async (t) => {
    const ids = Array.from({ length: 1000 }, (_, i) => `n${i}`);
    const { clock, log, nodes, fail, succeed, outliers } = watched(t, { ids });
    for (const node of nodes) fail(node);
    assert.equal(log.warnings.length, 100);
    assert.deepEqual([...outliers.out], [["app", 1000]]);
    for (const node of nodes) succeed(node);
    assert.equal(log.infos.length, 100);
    await clock.pass(61_000);
    const [first] = nodes;
    fail(first);
    assert.equal(log.warnings.at(-1)?.unlogged, 900);
  });
});

it("a node whose connection is lost is out too", (t) => {
  const { outliers, clock, node, lines } = watched(t);
  outliers.sent(node, clock.now());
  outliers.mark(node, { duration: 0, error: nodeLost("go.micro.client", "lost") }, clock.now());
  assert.deepEqual(lines(), [`a: ${out}`]);
});
