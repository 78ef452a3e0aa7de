import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Context, runInContext } from "../../src/core/context.js";
import {
  MicroError,
  nodeLost,
  notFound,
  overloaded,
  unavailable,
  unreadable,
} from "../../src/core/errors.js";
import { noDeadline } from "../../src/core/time/deadline.js";
import { ScriptedNodes, serviceName } from "./scripted-nodes.js";

const lost = nodeLost("go.micro.client", "lost");
const refused = unavailable("go.micro.client", "refused", { executed: "no" });
const full = overloaded("go.micro.server", "full", { executed: "no" });
const missing = notFound("go.micro.server", "no such method", { reason: "METHOD_NOT_FOUND", executed: "no" });
const garbled = unreadable("go.micro.client", "no HTTP");
const own = new MicroError("app", 503, "not today", { reason: "REMOTE_ERROR", executed: "yes" });

/** What `call` rejects with. */
async function errorOf(call: Promise<unknown>): Promise<MicroError> {
  const error = await call.then(
    (value) => assert.fail(JSON.stringify(value)),
    (thrown: unknown) => thrown,
  );
  assert.ok(MicroError.is(error), String(error));
  return error;
}

/** Runs `work` as the handler of a call that its caller sent as attempt `attempt`. */
function serving<T>(attempt: number, work: () => T): T {
  const context: Context = {
    service: "app",
    method: "App.Do",
    metadata: { "X-Micro-Attempt": String(attempt) },
    deadline: noDeadline,
    signal: new AbortController().signal,
    remote: "",
  };
  return runInContext(context, work);
}

describe("a call whose attempt fails", () => {
  for (const [what, error, usual, idempotent] of [
    ["that was not executed: refused", refused, 3, 3],
    ["that was not executed: full", full, 3, 3],
    ["of a method that the node does not have", missing, 3, 3],
    ["that got lost", lost, 1, 3],
    ["whose reply cannot be read", garbled, 1, 3],
    ["with an error of the application", own, 1, 1],
  ] as const)
    it(`${what}: is sent ${usual} times, ${idempotent} times if idempotent`, async (t) => {
      await using nodes = await ScriptedNodes.open(t, "a", "b", "c", "d");
      nodes.answer = () => ({ error });
      for (const [options, times] of [
        [{}, usual],
        [{ idempotent: true }, idempotent],
        [{ idempotent: true, retries: 0 }, 1],
      ] as const) {
        nodes.received.length = 0;
        const { attempts, detail } = await errorOf(nodes.call(options));
        assert.deepEqual([nodes.received.length, attempts, detail], [times, times, error.detail]);
        assert.deepEqual(
          nodes.received.map(({ node, attempt }) => [node, attempt]),
          [["a", undefined] as const, ["b", "2"] as const, ["c", "3"] as const].slice(0, times),
        );
      }
    });

  for (const [retries, attempts] of [
    [undefined, 3],
    [0, 1],
    [1, 2],
    [4, 5],
  ] as const)
    it(`opens a stream in up to ${attempts} attempts with \`retries\` ${retries}, each on another node`, async (t) => {
      await using nodes = await ScriptedNodes.open(t, "a", "b", "c", "d", "e", "f");
      nodes.answer = () => ({ error: refused });
      const error = await errorOf(nodes.stream({ retries }));
      assert.equal(error.detail, refused.detail);
      const tried = nodes.received.map(({ node }) => node);
      assert.equal(tried.length, attempts);
      assert.equal(new Set(tried).size, attempts);
      nodes.answer = (_, index) => (index < 2 * attempts - 1 ? { error: refused } : {});
      await nodes.stream({ retries });
      assert.equal(nodes.received.length, 2 * attempts);
    });

  it("does not retry a stream that may have been opened", async (t) => {
    await using nodes = await ScriptedNodes.open(t, "a", "b", "c");
    nodes.answer = () => ({ error: lost });
    await errorOf(nodes.stream({ retries: 5, idempotent: true }));
    assert.equal(nodes.received.length, 1);
  });

  it("is retried on the next node at once", async (t) => {
    await using nodes = await ScriptedNodes.open(t, "a", "b");
    nodes.answer = (node) => (node === "a" ? { error: refused, after: 7 } : {});
    assert.deepEqual(await nodes.call(), { node: "b" });
    assert.deepEqual(
      nodes.received.map(({ at }) => at),
      [0, 7],
    );
  });

  for (const [first, second, executed] of [
    [lost, refused, "unknown"],
    [refused, lost, "unknown"],
    [refused, full, "no"],
    [lost, own, "yes"],
  ] as const)
    it(`ends with the last error, and with what any attempt may have done: ${first.executed}, ${second.executed}`, async (t) => {
      await using nodes = await ScriptedNodes.open(t, "a", "b");
      nodes.answer = (_, index) => ({ error: index === 0 ? first : second });
      const error = await errorOf(nodes.call({ idempotent: true, retries: 1 }));
      assert.deepEqual(
        [error.detail, error.executed, error.node, error.attempts],
        [second.detail, executed, "b", 2],
      );
    });

  for (const [error, options] of [
    [lost, { idempotent: true }],
    [refused, {}],
  ] as const)
    it(`ends with the error of its attempt when every node has left meanwhile: ${error.reason}`, async (t) => {
      await using nodes = await ScriptedNodes.open(t, "a");
      nodes.answer = () => ({ error, after: 50 });
      const call = errorOf(nodes.client.call(serviceName, "Say.Hello", {}, options));
      await nodes.settle();
      await nodes.leave();
      await nodes.clock.pass(1000);
      const { code, reason, executed, attempts, detail } = await call;
      assert.deepEqual(
        { code, reason, executed, attempts, detail },
        { code: 503, reason: error.reason, executed: error.executed, attempts: 1, detail: error.detail },
      );
      assert.equal(nodes.received.length, 1);
    });
});

describe("a call made by a handler that serves a retry", () => {
  for (const [what, error, first, retried] of [
    ["is repeated if it was not executed", refused, 3, 3],
    ["is not repeated if it got lost, though it is idempotent", lost, 3, 1],
  ] as const)
    it(what, async (t) => {
      for (const [attempt, times] of [
        [1, first],
        [2, retried],
      ] as const) {
        await using nodes = await ScriptedNodes.open(t, "a", "b", "c");
        nodes.answer = () => ({ error });
        await errorOf(serving(attempt, () => nodes.call({ idempotent: true })));
        assert.equal(nodes.received.length, times);
      }
    });

  it("is not hedged", async (t) => {
    for (const [attempt, expected] of [
      [1, ["a", "b"]],
      [2, ["a"]],
    ] as const) {
      await using nodes = await ScriptedNodes.open(t, "a", "b");
      nodes.answer = () => ({ after: 2000 });
      await serving(attempt, () => nodes.call({ idempotent: true }));
      assert.deepEqual(
        nodes.received.map(({ node }) => node),
        expected,
      );
    }
  });
});

describe("the pause before the same node is asked again", () => {
  it("doubles: up to 20 ms, then up to 40 and so on, at most 250", async (t) => {
    await using nodes = await ScriptedNodes.open(t, "a");
    t.mock.method(Math, "random", () => 1);
    nodes.answer = () => ({ error: refused });
    await errorOf(nodes.call({ retries: 6, timeout: 9000 }));
    const pauses = nodes.received.map(({ at }, i) => at - (nodes.received[i - 1]?.at ?? 0));
    assert.deepEqual(pauses, [0, 20, 40, 80, 160, 250, 250]);
  });

  it("is random, so that callers that failed together do not return together", async (t) => {
    await using nodes = await ScriptedNodes.open(t, "a");
    t.mock.method(Math, "random", () => 0);
    nodes.answer = () => ({ error: refused });
    await errorOf(nodes.call());
    assert.deepEqual(
      nodes.received.map(({ at }) => at),
      [0, 10, 20],
    );
  });

  it("ends with the deadline, after which nothing is sent", async (t) => {
    await using nodes = await ScriptedNodes.open(t, "a");
    t.mock.method(Math, "random", () => 1);
    nodes.answer = () => ({ error: lost });
    let ended = 0;
    const onDone = () => {
      ended = nodes.clock.now() - 1000;
    };
    const { executed } = await errorOf(nodes.call({ idempotent: true, timeout: 50, onDone }));
    assert.deepEqual([nodes.received.map(({ at }) => at), ended, executed], [[0, 20], 50, "unknown"]);
  });

  it("ends at once when the caller aborts", async (t) => {
    await using nodes = await ScriptedNodes.open(t, "a");
    t.mock.method(Math, "random", () => 1);
    nodes.answer = () => ({ error: refused });
    const stop = new AbortController();
    const call = nodes.client.call(serviceName, "Say.Hello", {}, { signal: stop.signal });
    const rejected = assert.rejects(call, /enough/);
    await nodes.settle();
    await nodes.clock.pass(10);
    stop.abort(new Error("enough"));
    await rejected;
    await nodes.clock.pass(1000);
    assert.equal(nodes.received.length, 1);
  });
});

describe("the retries of a client", () => {
  it("end when its budget is spent, while calls continue", async (t) => {
    await using nodes = await ScriptedNodes.open(t, "a", "b");
    nodes.answer = () => ({ error: refused });
    const made: (number | undefined)[] = [];
    for (let i = 0; i < 15; i++) made.push((await errorOf(nodes.call({ retries: 1 }, 0))).attempts);
    // ten at first, and a fifth for each of the calls
    assert.deepEqual(made.slice(0, 12), new Array(12).fill(2));
    assert.deepEqual(made.slice(12), [1, 1, 1]);
  });

  it("of a method that no node has do not spend the budget of others", async (t) => {
    await using nodes = await ScriptedNodes.open(t, "a", "b");
    nodes.answer = () => ({ error: missing });
    for (let i = 0; i < 30; i++) await errorOf(nodes.call({ retries: 1 }, 0));
    assert.ok(nodes.received.length < 60, `${nodes.received.length} requests for 30 calls`);
    nodes.answer = (node) => (node === "a" ? { error: refused } : {});
    for (let i = 0; i < 10; i++) assert.deepEqual(await nodes.call({}, 0), { node: "b" });
  });
});
