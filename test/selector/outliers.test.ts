import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import {
  internal,
  MicroError,
  nodeLost,
  overloaded,
  timeout,
  unavailable,
  unreadable,
} from "../../src/core/errors.js";
import type { Metadata, Node } from "../../src/core/service.js";
import { Outliers } from "../../src/selector/outliers.js";
import { MovedClock } from "../support/moved-clock.js";

const lost = nodeLost("go.micro.client", "lost");

/** One node, how it answers to probes, and what this process knows of it. */
function watched(t: TestContext, metadata: Metadata = {}, { probed = true } = {}) {
  const clock = new MovedClock();
  const node: Node = { id: "a", address: "127.0.0.1", port: 9000, metadata };
  const probes: number[] = [];
  let health: "ok" | "degraded" | undefined = "ok";
  const start = clock.now();
  const probe = async () => {
    probes.push(clock.now() - start);
    return health ?? Promise.reject(lost);
  };
  const outliers = new Outliers({ clock, ...(probed && { probe }) });
  t.after(() => outliers.close());
  // in the middle of its range: an ejection of 1 s lasts 1 s
  t.mock.method(Math, "random", () => 0.5);
  return {
    clock,
    outliers,
    node,
    probes,
    state: outliers.state(node),
    answers: (said: "ok" | "degraded" | undefined) => {
      health = said;
    },
    send: () => outliers.sent(node, clock.now()),
    fail: (error: unknown) => {
      outliers.sent(node, clock.now());
      outliers.mark(node, { duration: 0, error }, clock.now());
    },
    succeed: (duration: number) => outliers.mark(node, { duration }, clock.now()),
    /** Milliseconds from now until the node is not ejected. */
    ejectedFor: async () => {
      const since = clock.now();
      while (outliers.state(node).ejected && clock.now() - since < 60_000) await clock.pass(10);
      return clock.now() - since;
    },
  };
}

describe("one failed call", () => {
  for (const [what, error, ejects] of [
    ["a refused connection", unavailable("go.micro.client", "refused", { executed: "no" }), true],
    ["a lost connection", lost, true],
    ["a failed handshake", unavailable("go.micro.client", "tls", { reason: "TLS_FAILED" }), true],
    ["bytes that are no HTTP", unreadable("go.micro.client", "no HTTP"), true],
    ["a full node", overloaded("go.micro.server", "full", { executed: "no" }), false],
    ["a call that ran out of time", timeout("go.micro.client", "late"), false],
    ["a reply with another type", unreadable("go.micro.client.codec", "no JSON"), false],
    ["an error of the application", internal("app", "failed", { executed: "yes" }), false],
    ["an error without a reason", new MicroError("app", 503, "away"), false],
    ["the reason of the caller's signal", new Error("enough"), false],
  ] as const)
    it(`${ejects ? "ejects" : "does not eject"} the node: ${what}`, (t) => {
      const { state, fail } = watched(t);
      fail(error);
      assert.deepEqual([state.ejected, state.outstanding], [ejects, 0]);
    });
});

describe("a node that is ejected", () => {
  it("is out for 1 s, twice as long each time, and at most 30 s", async (t) => {
    const { fail, ejectedFor } = watched(t, {}, { probed: false });
    const lengths: number[] = [];
    for (let i = 0; i < 7; i++) {
      fail(lost);
      lengths.push(await ejectedFor());
    }
    for (const [i, expected] of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000].entries())
      assert.ok(Math.abs((lengths[i] ?? 0) - expected) <= 60, `${lengths}`);
  });

  it("stays out for up to 20 % less or more, so that callers do not return together", async (t) => {
    for (const [random, expected] of [
      [0, 800],
      [1, 1200],
    ] as const) {
      const { fail, ejectedFor } = watched(t, {}, { probed: false });
      t.mock.method(Math, "random", () => random);
      fail(lost);
      const length = await ejectedFor();
      assert.ok(Math.abs(length - expected) <= 60, `${length}`);
      t.mock.restoreAll();
    }
  });

  it("is not ejected for longer by calls that fail meanwhile", async (t) => {
    const { fail, ejectedFor, clock } = watched(t, {}, { probed: false });
    for (let i = 0; i < 10; i++) fail(lost);
    await clock.pass(500);
    fail(lost);
    assert.ok((await ejectedFor()) <= 560);
  });

  for (const [pause, expected] of [
    [50_000, 2000],
    [61_000, 1000],
  ] as const)
    it(`is out for ${expected} ms when it fails ${pause} ms after its last ejection began`, async (t) => {
      const { fail, ejectedFor, clock } = watched(t, {}, { probed: false });
      fail(lost);
      await clock.pass(pause);
      fail(lost);
      const length = await ejectedFor();
      assert.ok(Math.abs(length - expected) <= 60, `${length}`);
    });

  it("is probed once its time is over, then each second, and is back when that succeeds", async (t) => {
    const { fail, answers, probes, state, clock, ejectedFor } = watched(t);
    answers(undefined);
    fail(lost);
    await clock.pass(950);
    assert.deepEqual(probes, []);
    await clock.pass(3000);
    assert.deepEqual(probes, [1000, 2000, 3000]);
    assert.equal(state.ejected, true);
    answers("ok");
    assert.ok((await ejectedFor()) <= 200);
    assert.equal(probes.length, 4);
  });

  it("gets one call when it is back, and all of them once that is answered", async (t) => {
    const { fail, state, clock, send, succeed, ejectedFor } = watched(t);
    fail(lost);
    await ejectedFor();
    assert.equal(state.cost(clock.now()), 0, "chosen before all others");
    send();
    assert.ok(state.cost(clock.now()) >= 1e15, "no second call");
    await clock.pass(5);
    succeed(5);
    const cost = state.cost(clock.now());
    assert.ok(cost > 0 && cost < 100, `${cost}`);
  });

  it("gets another call when the one of its trial failed for a reason that is not the node's", async (t) => {
    const { fail, state, clock, ejectedFor } = watched(t);
    fail(lost);
    await ejectedFor();
    fail(timeout("go.micro.client", "late"));
    assert.equal(state.cost(clock.now()), 0);
  });

  it("is the last resort, and among ejected nodes the one that failed last comes last", async (t) => {
    const { outliers, fail, state, clock, node } = watched(t);
    const others = ["b", "c", "d"].map((id) => outliers.state({ ...node, id }));
    const [earlier, degraded, busy] = others;
    assert.ok(earlier && degraded && busy);
    earlier.eject(clock.now());
    await clock.pass(500);
    fail(lost);
    degraded.degraded = true;
    for (let i = 0; i < 1000; i++) busy.sent(clock.now());
    const costs = [busy, degraded, earlier, state].map((each) => each.cost(clock.now()));
    for (const [i, cost] of costs.slice(1).entries()) assert.ok(cost > (costs[i] ?? cost), `${costs}`);
  });
});

describe("a node that does not answer", () => {
  it("is probed after 100 ms, once a second, and stays in use while the probe succeeds", async (t) => {
    const { send, state, clock, probes } = watched(t);
    send();
    await clock.pass(100);
    assert.deepEqual(probes, []);
    await clock.pass(3000);
    assert.deepEqual(probes, [150, 1150, 2150]);
    assert.equal(state.ejected, false);
  });

  it("is ejected when the probe fails", async (t) => {
    const { send, state, clock, answers } = watched(t);
    answers(undefined);
    send();
    await clock.pass(200);
    assert.equal(state.ejected, true);
  });

  it("gets more time if its answers usually take longer", async (t) => {
    const { send, succeed, clock, probes } = watched(t);
    for (let i = 0; i < 10; i++) {
      send();
      await clock.pass(90);
      succeed(90);
    }
    send();
    await clock.pass(350);
    assert.deepEqual(probes, []);
    await clock.pass(60);
    assert.equal(probes.length, 1);
  });

  it("is not suspected while it answers other calls", async (t) => {
    const { send, succeed, clock, probes } = watched(t);
    send();
    for (let i = 0; i < 50; i++) {
      send();
      await clock.pass(80);
      succeed(80);
    }
    assert.deepEqual(probes, []);
  });

  it("is ejected after a second without a probe if it speaks HTTP only", async (t) => {
    const { outliers, node, state, clock, probes } = watched(t, { handler: "proxy" });
    outliers.forwarded(node, false);
    await clock.pass(1000);
    assert.equal(state.ejected, false);
    await clock.pass(60);
    assert.deepEqual([state.ejected, probes], [true, []]);
  });
});

describe("a node that says that it is degraded", () => {
  it("is marked as degraded by the probe, probed each second, and healthy again when it says so", async (t) => {
    const { send, succeed, state, clock, answers, probes } = watched(t);
    answers("degraded");
    send();
    await clock.pass(200);
    succeed(200);
    assert.deepEqual([state.degraded, state.ejected], [true, false]);
    assert.ok(state.cost(clock.now()) >= 1e12);
    await clock.pass(1000);
    answers("ok");
    await clock.pass(1000);
    assert.deepEqual([state.degraded, probes.length], [false, 3]);
    assert.ok(state.cost(clock.now()) < 1000);
    await clock.pass(5000);
    assert.equal(probes.length, 3, "asked no more");
  });
});

describe("a probe that ends after all that waited has", () => {
  /** A node whose only request is answered while its probe is under way; `said` settles the probe 300 ms later. */
  async function probedLate(t: TestContext, said: "ok" | "degraded" | undefined, closed = false) {
    const clock = new MovedClock();
    const node: Node = { id: "a", address: "127.0.0.1", port: 9000, metadata: {} };
    let asked = 0;
    const probe = () => {
      if (asked++ > 0) return Promise.resolve("ok" as const);
      return new Promise<"ok" | "degraded">((resolve, reject) =>
        clock.schedule(300, () => (said ? resolve(said) : reject(lost))),
      );
    };
    const outliers = new Outliers({ clock, probe });
    t.after(() => outliers.close());
    outliers.sent(node, clock.now());
    await clock.pass(200);
    outliers.mark(node, { duration: 200 }, clock.now());
    if (closed) outliers.close();
    await clock.pass(300);
    const state = outliers.state(node);
    const before = { degraded: state.degraded, ejected: state.ejected };
    await clock.pass(3000);
    return { before, after: { degraded: state.degraded, ejected: state.ejected }, asked };
  }
  const well = { degraded: false, ejected: false };

  for (const [said, before] of [
    ["degraded", { degraded: true, ejected: false }],
    [undefined, { degraded: false, ejected: true }],
  ] as const)
    it(`and ${said ? `says ${said}` : "fails"} is followed by others until the node is well`, async (t) => {
      assert.deepEqual(await probedLate(t, said), { before, after: well, asked: 2 });
    });

  it("and says that all is well is the last", async (t) => {
    assert.deepEqual(await probedLate(t, "ok"), { before: well, after: well, asked: 1 });
  });

  it("is the last after the end", async (t) => {
    assert.equal((await probedLate(t, "degraded", true)).asked, 1);
  });
});

describe("many nodes that are out", () => {
  it("are looked up in the list of their service at a cost that grows with their number alone", async (t) => {
    const clock = new MovedClock();
    let looks = 0;
    const nodes: Node[] = Array.from({ length: 1000 }, (_, i) => ({
      get id() {
        looks++;
        return `n${i}`;
      },
      address: "127.0.0.1",
      port: 9000,
      metadata: {},
    }));
    const services = [{ name: "app", version: "1", metadata: {}, endpoints: [], nodes }];
    let asked = 0;
    const probe = async () => {
      asked++;
      throw lost;
    };
    const outliers = new Outliers({ clock, probe, services: () => services });
    t.after(() => outliers.close());
    outliers.peers(services);
    for (const node of nodes) {
      outliers.sent(node, clock.now());
      outliers.mark(node, { duration: 0, error: lost }, clock.now());
    }
    looks = 0;
    await clock.pass(5000);
    assert.ok(asked >= 2000, `${asked} probes`);
    assert.ok(looks <= 1000, `${looks} looks`);
  });
});

describe("the status of a relayed request", () => {
  /** Cost of the next request after ten that were answered within 1 ms, beside nodes whose answers take 50 ms. */
  async function costAfter(t: TestContext, status: number) {
    const { outliers, node, state, clock } = watched(t, { handler: "proxy" });
    const other = { ...node, id: "b" };
    const services = [{ name: "app", version: "1", metadata: {}, endpoints: [], nodes: [node, other] }];
    outliers.peers(services);
    for (const [to, time, said] of [
      [other, 50, 200],
      [node, 1, status],
    ] as const)
      for (let i = 0; i < 10; i++) {
        const report = outliers.forwarded(to, false);
        await clock.pass(time);
        report.began(said);
        report.ended();
      }
    assert.deepEqual([state.outstanding, state.streaming, state.ejected], [0, 0, false]);
    return state.cost(clock.now()) / outliers.state(other).cost(clock.now());
  }

  for (const [status, cheaper] of [
    [200, true],
    [302, true],
    [404, true],
    [499, true],
    [500, false],
    [502, false],
    [503, false],
  ] as const)
    it(`${status} ${cheaper ? "is an answer: fast ones attract requests" : "counts as slow as the others answer, and ejects nothing"}`, async (t) => {
      const ratio = await costAfter(t, status);
      assert.equal(ratio < 0.2, cheaper, `${ratio}`);
      assert.equal(ratio >= 0.95, !cheaper, `${ratio}`);
    });
});
