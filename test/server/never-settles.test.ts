import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import { MicroError } from "../../src/core/errors.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import type { CallsReport } from "../../src/server/call-counts.js";
import { service } from "../../src/service/index.js";
import { eventually } from "../../src/testing/eventually.js";
import { exchange } from "../support/bytes/raw.js";
import { CapturedLog } from "../support/captured-log.js";
import { needs } from "../support/needs.js";
import { type NatsServer, startNats } from "../support/servers/nats.js";

const name = "never.srv";
/** The limit of calls in flight, and of handlers of one method that run on. */
const limit = 1024;
const never = () => new Promise<never>(() => {});

/** A service with methods that never settle, and a caller of it. */
async function hanging(transport?: string, transportAddress?: readonly string[]) {
  const registry = new MemoryRegistry();
  const log = new CapturedLog();
  const quick = {
    broker: "memory",
    argv: [],
    env: {},
    drainDelay: 0,
    drainTimeout: 100,
    registry,
    transport,
  };
  const on = { ...quick, transportAddress };
  const served = service({ ...on, name, log });
  const started = { never: 0, hangs: 0 };
  served.handle("A.Never", {}, () => {
    started.never++;
    return never();
  });
  served.handle("A.Ok", {}, async () => ({ ok: 1 }));
  served.stream("A.Hangs", {}, async function* () {
    started.hangs++;
    yield { first: true };
    await never();
  });
  await served.start();
  const caller = service({ ...on, name: "never.caller", log: undefined });
  const { client } = caller;
  const giveUp = async (count: number) => {
    const calls = Array.from({ length: count }, () => client.call(name, "A.Never", {}, { timeout: 200 }));
    const all = await Promise.allSettled(calls);
    return all.map((each) =>
      each.status === "rejected" && MicroError.is(each.reason) ? each.reason : undefined,
    );
  };
  return {
    client,
    log,
    started,
    giveUp,
    address: served.server.address,
    async [Symbol.asyncDispose]() {
      await caller.close();
      await served.close();
      await registry.close();
    },
  };
}

function neverSettles(transport: string, address: () => readonly string[] | undefined): void {
  it("take no call of another method with them", async () => {
    await using both = await hanging(transport, address());
    await eventually(async () => {
      await both.giveUp(600);
      assert.ok(both.started.never >= limit, `${both.started.never} calls`);
    });
    assert.deepEqual(await both.client.call(name, "A.Ok", {}), { ok: 1 });
  });

  it("are counted by method: at the limit calls of that method are refused, which the log and health say", async () => {
    await using both = await hanging(transport, address());
    await both.client.call(name, "A.Ok", {}); // connects, which may take longer than the calls wait
    await eventually(async () => {
      await both.giveUp(Math.min(600, limit - both.started.never));
      assert.equal(both.started.never, limit);
    });
    const refusal = await both.client.call(name, "A.Never", {}, { retries: 0 }).catch((error) => error);
    assert.ok(MicroError.is(refusal));
    assert.deepEqual([refusal.code, refusal.executed, refusal.reason], [503, "no", "OVERLOADED"]);
    assert.match(refusal.detail, /1024 handlers of A\.Never still run/);
    assert.equal(both.started.never, limit);
    await eventually(async () => {
      assert.deepEqual(await both.client.call(name, "Debug.Health", {}), { status: "degraded" });
    });
    await eventually(async () => {
      const report = await both.client.call<CallsReport>(name, "Debug.Calls", {});
      const overdue = report.methods.flatMap(({ name, overdue }) => (overdue ? [[name, overdue]] : []));
      assert.deepEqual(overdue, [["A.Never", limit]]);
    });
    assert.deepEqual(await both.client.call(name, "A.Ok", {}), { ok: 1 });
    const lines = [...both.log.warnings, ...both.log.errors].map(({ message }) => message);
    assert.deepEqual(
      lines.map((line) => line.replace(/: \d+$/, ": N")),
      [
        "handlers of A.Never still run after their callers stopped waiting: N",
        "calls of A.Never are refused: 1024 handlers still run after their callers stopped waiting",
      ],
    );
  });

  it("hold no stream whose caller has left", async () => {
    await using both = await hanging(transport, address());
    for (let i = 0; i < 5; i++) {
      const stream = await both.client.stream(name, "A.Hangs");
      const { value: first } = await stream[Symbol.asyncIterator]().next();
      assert.deepEqual(first, { first: true });
      await stream.close();
    }
    await eventually(() =>
      assert.match(String(both.log.warnings[0]?.message), /^handlers of A\.Hangs still run after/),
    );
  });
}

describe("handlers that never settle, over mux", { timeout: 60_000 }, () => {
  neverSettles("http", () => undefined);
});

describe("handlers that never settle, over memory", { timeout: 60_000 }, () => {
  neverSettles("memory", () => undefined);
});

describe("handlers that never settle, over nats", { timeout: 60_000, ...needs("nats-server") }, () => {
  let nats: NatsServer;
  before(async () => {
    nats = await startNats();
  });
  after(() => nats[Symbol.asyncDispose]());
  neverSettles("nats", () => [nats.address]);
});

describe("handlers that never settle, over plain HTTP", { timeout: 60_000 }, () => {
  const head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  const request = (method: string, more = "") =>
    `${head}Micro-Method: ${method}\r\n${more}Content-Length: 2\r\n\r\n{}`;

  it("are answered for at the deadline of their callers", async () => {
    await using both = await hanging("http");
    const reply = await exchange(both.address, request("A.Never", "Timeout: 50000000\r\n"));
    assert.match(reply, /A\.Never: no answer by the deadline/);
    assert.match(reply, /"code":408|408/);
  });

  it("take nothing from others when their callers leave, also without a deadline", async () => {
    await using both = await hanging("http");
    const [host, port] = both.address.split(":");
    for (let wave = 1; wave <= 2; wave++) {
      const sockets = Array.from({ length: 250 }, () => {
        const socket = connect(Number(port), host);
        socket.write(request(wave === 1 ? "A.Never" : "A.Hangs"));
        return socket;
      });
      const begun = () => (wave === 1 ? both.started.never : both.started.hangs);
      await eventually(() => assert.equal(begun(), 250));
      for (const socket of sockets) socket.destroy();
    }
    await eventually(() => assert.equal(both.log.warnings.length, 2));
    assert.match(await exchange(both.address, request("A.Ok")), /"ok":1/);
  });
});
