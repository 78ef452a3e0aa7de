// A test of load.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MicroError } from "../../src/core/errors.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { type ServiceOptions, service } from "../../src/service/index.js";
import { eventually } from "../../src/testing/eventually.js";

const name = "go.micro.srv.busy";
const quick = { broker: "memory", argv: [], env: {}, drainDelay: 0, timeout: 60_000 } as const;

/** Registers nodes as if they spoke nothing but HTTP. */
class WithoutMux extends MemoryRegistry {
  override register(...[service, options]: Parameters<MemoryRegistry["register"]>): Promise<void> {
    const nodes = service.nodes.map((node) => ({ ...node, metadata: { ...node.metadata, mux: "" } }));
    return super.register({ ...service, nodes }, options);
  }
}

/** A service whose handlers end when the test releases them, and a caller in the same process. */
async function busy(options: Partial<ServiceOptions> & { readonly registry?: MemoryRegistry } = {}) {
  const { registry = new MemoryRegistry() } = options;
  const server = service({ ...quick, ...options, name, registry });
  const another = () => service({ ...quick, ...options, name: "go.micro.srv.caller", registry });
  const caller = another();
  let running = 0;
  const seen = { most: 0, ran: 0 };
  const gate = opened();
  const full = opened();
  server.handle("Work.Do", {}, async () => {
    seen.most = Math.max(seen.most, ++running);
    if (++seen.ran === 1024) full.open();
    await gate.promise;
    running--;
    return {};
  });
  await server.start();
  return {
    seen,
    free: gate.open,
    full: full.promise,
    another,
    call: (more: object = {}) => caller.client.call(name, "Work.Do", {}, { retries: 0, ...more }),
    async [Symbol.asyncDispose]() {
      gate.open();
      await caller.close();
      await server.close();
      await registry.close();
    },
  };
}

function opened(): { promise: Promise<void>; open: () => void } {
  let open = () => {};
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

function outcomes(results: readonly PromiseSettledResult<unknown>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const result of results) {
    const error = result.status === "rejected" ? result.reason : undefined;
    const key = error
      ? `${MicroError.is(error) ? `${error.code} ${error.reason} ${error.executed}` : error}`
      : "ok";
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

describe("more calls than a node handles at the same time", { timeout: 120_000 }, () => {
  for (const transport of ["http", "memory"])
    it(`wait in the client over ${transport}: all of 10,000 are answered, 1,024 at a time`, async () => {
      await using one = await busy({ transport });
      one.free();
      await one.call();
      const results = await Promise.allSettled(Array.from({ length: 10_000 }, () => one.call()));
      assert.deepEqual(outcomes(results), { ok: 10_000 });
      assert.ok(one.seen.most <= 1024, `${one.seen.most} at once`);
    });

  it("wait over the HTTP wire of a node without mux too", async () => {
    await using one = await busy({ registry: new WithoutMux() });
    one.free();
    const results = await Promise.allSettled(Array.from({ length: 3000 }, () => one.call()));
    assert.deepEqual(outcomes(results), { ok: 3000 });
  });

  it("wait up to 10,000 to a node, and one more is refused at once as overloaded", async () => {
    await using one = await busy();
    const calls = Array.from({ length: 1024 + 10_000 + 5 }, () => one.call());
    const refused = await Promise.allSettled(calls.slice(-5));
    assert.deepEqual(outcomes(refused), { "503 OVERLOADED no": 5 });
    one.free();
    assert.deepEqual(outcomes(await Promise.allSettled(calls)), {
      ok: 1024 + 10_000,
      "503 OVERLOADED no": 5,
    });
    assert.equal(one.seen.ran, 1024 + 10_000);
  });

  it("are refused as overloaded, not executed, when their deadline passes while they wait", async () => {
    await using one = await busy();
    const held = Array.from({ length: 1024 }, () => one.call());
    const late = await Promise.allSettled(Array.from({ length: 20 }, () => one.call({ timeout: 100 })));
    assert.deepEqual(outcomes(late), { "503 OVERLOADED no": 20 });
    one.free();
    await Promise.all(held);
    assert.equal(one.seen.ran, 1024);
  });

  it("leave the queue when their caller aborts, with its reason", async () => {
    await using one = await busy();
    const held = Array.from({ length: 1024 }, () => one.call());
    const stop = new AbortController();
    const waiting = one.call({ signal: stop.signal });
    const behind = one.call();
    stop.abort(new Error("no more"));
    await assert.rejects(waiting, /no more/);
    one.free();
    await Promise.all([...held, behind]);
    assert.equal(one.seen.ran, 1025);
  });

  for (const mux of [true, false])
    it(`are told apart from a node that is not there when a server is full, over ${mux ? "mux" : "HTTP"}`, async () => {
      await using one = await busy({ registry: mux ? new MemoryRegistry() : new WithoutMux() });
      const held = Array.from({ length: 1024 }, () => one.call());
      await one.full;
      await using other = one.another();
      const refused = other.client.call(name, "Work.Do", {}, { retries: 0 });
      await assert.rejects(refused, { code: 503, reason: "OVERLOADED", executed: "no" });
      const health = await other.client.call<{ status: string }>(name, "Debug.Health", {});
      assert.match(health.status, /ok|degraded/);
      one.free();
      await Promise.all(held);
    });

  it("go to a node that is not full, and are refused as overloaded if all are full", async () => {
    const registry = new MemoryRegistry();
    await using one = await busy({ registry });
    const held = Array.from({ length: 1024 }, () => one.call());
    await one.full;
    const gate = opened();
    const full = opened();
    await using second = service({ ...quick, name, registry });
    let ran = 0;
    second.handle("Work.Do", {}, async () => {
      if (++ran === 1024) full.open();
      await gate.promise;
      return { second: true };
    });
    await second.start();
    await using other = one.another();
    const call = () => other.client.call(name, "Work.Do", {});
    const taken = Array.from({ length: 20 }, call);
    await eventually(() => assert.equal(ran, 20, "the free node has them all"));
    // one.call knows the first node to be full, and fills the second
    const filling = Array.from({ length: 1004 }, () => one.call());
    await full.promise;
    await assert.rejects(call(), { code: 503, reason: "OVERLOADED", executed: "no" });
    gate.open();
    assert.deepEqual(
      await Promise.all(taken),
      Array.from({ length: 20 }, () => ({ second: true })),
    );
    one.free();
    await Promise.all([...held, ...filling]);
    assert.equal(one.seen.ran, 1024);
  });
});
