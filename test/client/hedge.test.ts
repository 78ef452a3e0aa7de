import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hedged } from "../../src/client/hedge.js";
import { LatencyWindow } from "../../src/client/latency.js";
import { type MicroError, nodeLost, unavailable } from "../../src/core/errors.js";
import { MovedClock } from "../support/moved-clock.js";
import { type Answer, ScriptedNodes, serviceName } from "./scripted-nodes.js";

const lost = nodeLost("go.micro.client", "lost");
const refused = unavailable("go.micro.client", "refused", { executed: "no" });
const idempotent = { idempotent: true };

/** Two nodes, `a` and `b`, and a client that has learnt that calls take `usual` milliseconds. */
async function known(t: Parameters<typeof ScriptedNodes.open>[0], usual: number): Promise<ScriptedNodes> {
  const nodes = await ScriptedNodes.open(t, "a", "b");
  nodes.answer = () => ({ after: usual });
  for (let i = 0; i < 20; i++) await nodes.call(idempotent, usual);
  nodes.received.length = 0;
  await nodes.clock.pass(1000);
  return nodes;
}

/** What the nodes received, in milliseconds after the first of it. */
function received({ received }: ScriptedNodes) {
  return received.map(({ node, at }) => [node, at - (received[0]?.at ?? 0)]);
}

describe("a hedge of a slow call", () => {
  for (const [usual, delay] of [
    [2, 20],
    [100, 107],
    [3000, 1000],
  ] as const)
    it(`goes to another node after ${delay} ms if calls take ${usual} ms`, async (t) => {
      await using nodes = await known(t, usual);
      nodes.answer = (node) => (node === "a" ? undefined : { after: 1 });
      assert.deepEqual(await nodes.call(idempotent), { node: "b" });
      const [first, second] = received(nodes);
      assert.deepEqual([first, second?.[0], Math.floor(Number(second?.[1]))], [["a", 0], "b", delay]);
      assert.deepEqual(
        nodes.received.map(({ attempt }) => attempt),
        [undefined, "2"],
      );
    });

  it("is sent after a second while there are too few samples", async (t) => {
    await using nodes = await ScriptedNodes.open(t, "a", "b");
    nodes.answer = (node) => (node === "a" ? undefined : {});
    await nodes.call(idempotent);
    assert.deepEqual(received(nodes), [
      ["a", 0],
      ["b", 1000],
    ]);
  });

  for (const [what, options, ids] of [
    ["the method is not idempotent", {}, ["a", "b"]],
    ["the caller says that it is not", { idempotent: false }, ["a", "b"]],
    ["there is no other node", idempotent, ["a"]],
  ] as const)
    it(`is not sent if ${what}`, async (t) => {
      await using nodes = await ScriptedNodes.open(t, ...ids);
      nodes.answer = () => ({ after: 4000 });
      await nodes.call(options);
      assert.deepEqual(received(nodes), [["a", 0]]);
    });

  it("is not sent if the retry budget is spent", async (t) => {
    await using nodes = await known(t, 2);
    nodes.answer = () => ({ error: refused });
    let attempts = "";
    // the first that is refused a retry, and the next that just got one
    while (!attempts.endsWith("12"))
      await nodes.call({ retries: 1 }, 0).catch((error) => {
        attempts += error.attempts;
      });
    nodes.received.length = 0;
    nodes.answer = () => ({ after: 30 });
    await nodes.call(idempotent, 30);
    assert.deepEqual(received(nodes), [["a", 0]]);
  });

  it("does not spend the retry budget if it is not sent", async (t) => {
    await using nodes = await known(t, 2);
    nodes.answer = () => ({ after: 30 });
    const late = Array.from({ length: 40 }, () =>
      nodes.client.call(serviceName, "Say.Hello", {}, { ...idempotent, node: "a" }),
    );
    await nodes.settle();
    await nodes.clock.pass(30);
    await Promise.all(late);
    assert.equal(nodes.received.length, 40, "no second copy");
    nodes.answer = () => ({ error: refused });
    let retried = 0;
    for (let i = 0; i < 10; i++)
      await nodes.call({ retries: 1 }, 0).catch(({ attempts }: MicroError) => {
        retried += (attempts ?? 0) - 1;
      });
    assert.equal(retried, 10);
  });

  it("is cancelled when the first node answers, and vice versa", async (t) => {
    for (const [first, winner] of [
      [1200, "a"],
      [4000, "b"],
    ] as const) {
      await using nodes = await ScriptedNodes.open(t, "a", "b");
      nodes.answer = (node) => ({ after: node === "a" ? first : 1000 });
      assert.deepEqual(await nodes.call(idempotent), { node: winner });
      assert.deepEqual(
        nodes.received.map(({ signal }) => String(signal?.reason)),
        new Array(2).fill("Error: another node answered first"),
      );
      t.mock.restoreAll();
    }
  });

  it("counts as an attempt, and the report names the node that answered", async (t) => {
    await using nodes = await ScriptedNodes.open(t, "a", "b");
    nodes.answer = (node) => (node === "a" ? undefined : {});
    let report: unknown;
    await nodes.call({
      ...idempotent,
      onDone: ({ node, attempts }) => {
        report = [node?.id, attempts];
      },
    });
    assert.deepEqual(report, ["b", 2]);
  });

  for (const [a, b, executed] of [
    [{ error: lost, after: 1500 }, { error: refused }, "unknown"],
    [{ error: refused, after: 1500 }, { error: lost }, "unknown"],
    [{ error: refused, after: 1500 }, { error: refused }, "no"],
  ] as const)
    it(`that fails as the first does: what either may have done is told (${a.error.executed}, ${b.error.executed})`, async (t) => {
      await using nodes = await ScriptedNodes.open(t, "a", "b");
      nodes.answer = (node): Answer => (node === "a" ? a : b);
      await assert.rejects(nodes.call({ ...idempotent, retries: 0 }), (error: MicroError) => {
        assert.deepEqual([error.detail, error.executed, error.attempts], [a.error.detail, executed, 2]);
        return true;
      });
    });
});

describe("hedged", () => {
  const node = (id: string) => ({ id, address: "127.0.0.1", port: 1, metadata: {} });

  it("fails with the first copy if it fails before the hedge, without a second node", async () => {
    const clock = new MovedClock();
    const second = () => assert.fail("no second");
    await assert.rejects(
      hedged(node("a"), () => Promise.reject(lost), { delay: 10, second, clock }),
      lost,
    );
    await clock.pass(100);
  });

  it("cancels every copy with the reason of the caller", async () => {
    const clock = new MovedClock();
    const stop = new AbortController();
    const reasons: unknown[] = [];
    const send = (_: unknown, signal: AbortSignal) =>
      new Promise<never>((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          reasons.push(signal.reason);
          reject(signal.reason);
        });
      });
    const options = { delay: 10, second: () => node("b"), signal: stop.signal, clock };
    const rejected = assert.rejects(hedged(node("a"), send, options), /enough/);
    await clock.pass(10);
    const enough = new Error("enough");
    stop.abort(enough);
    await rejected;
    assert.deepEqual(reasons, [enough, enough]);
  });
});

describe("the delay of a second copy", () => {
  /** The delay after calls that took `durations`, on a clock that stands still until `pass` moves it. */
  function latencies(t: Parameters<typeof ScriptedNodes.open>[0]) {
    let now = 1000;
    t.mock.method(performance, "now", () => now);
    const latency = new LatencyWindow();
    return {
      record: (count: number, duration: number) => {
        for (let i = 0; i < count; i++) latency.record(duration);
      },
      delay: () => Math.floor(latency.hedgeDelay()),
      pass: (time: number) => {
        now += time;
      },
    };
  }

  it("is one second until there are 20 samples", (t) => {
    const { record, delay, pass } = latencies(t);
    record(19, 50);
    assert.equal(delay(), 1000);
    record(1, 50);
    pass(100);
    assert.equal(delay(), 53);
  });

  it("is the 95th percentile of the latency", (t) => {
    for (const [slow, expected] of [
      [5, 53],
      [6, 430],
    ] as const) {
      const { record, delay } = latencies(t);
      record(100 - slow, 50);
      record(slow, 400);
      assert.equal(delay(), expected);
      t.mock.restoreAll();
    }
  });

  it("forgets calls after a minute", (t) => {
    const { record, delay, pass } = latencies(t);
    record(100, 400);
    pass(49_000);
    record(100, 50);
    assert.equal(delay(), 430);
    pass(12_000);
    assert.equal(delay(), 53);
    pass(60_000);
    assert.equal(delay(), 1000);
  });
});
