import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { unavailable } from "../../../src/core/errors.js";
import { LayeredMessage } from "../../../src/core/message.js";
import { eventually } from "../../../src/testing/eventually.js";
import { ConcurrencyLimit as Admission } from "../../../src/transport/concurrency-limit.js";
import { openTransport } from "../../../src/transport/index.js";
import { MuxConnection } from "../../../src/transport/mux/calls/connection.js";
import { frameLimits } from "../../../src/transport/mux/frames/frames.js";
import type { Inbound, Message } from "../../../src/transport/transport.js";
import { echo, Gate, message, muxPair, text } from "../../support/mux.js";

const greeting = {
  "Content-Type": "application/json",
  "Micro-Service": "go.micro.srv.greeter",
  "Micro-Method": "Say.Hello",
  "Micro-Endpoint": "Say.Hello",
};

describe("calls over mux", () => {
  it("carries header and body both ways, the repeating headers and the others", async () => {
    await using pair = await muxPair();
    const connection = await pair.dial();
    const extras: Record<string, string>[] = [{}, {}, { "X-User": "zoë €" }, { Timeout: "5", "X-A": "" }];
    for (const extra of extras) {
      const reply = await connection.call(message("hi", { ...greeting, ...extra }));
      assert.deepEqual(reply.header, { ...greeting, ...extra });
      assert.equal(text(reply), "hi");
    }
  });

  it("carries a header of two parts, and knows its base again whatever comes beside it", async () => {
    const taken: Message[] = [];
    const call = async (request: Message): Promise<Message> => {
      taken.push(request);
      return request;
    };
    await using pair = await muxPair({ call });
    const connection = await pair.dial();
    const extras: Record<string, string>[] = [{ "X-User": "zoë €" }, { "X-User": "kim", Timeout: "5" }];
    for (const more of extras) {
      const reply = await connection.call(new LayeredMessage(greeting, more, Buffer.from("hi")));
      assert.deepEqual(reply.header, { ...greeting, ...more });
    }
    assert.equal(taken[0]?.base, taken[1]?.base);
    assert.deepEqual(taken[1]?.base, greeting);
  });

  it("takes no base from a message whose further entries say how to read it", async () => {
    const taken: Message[] = [];
    const call = async (request: Message): Promise<Message> => {
      taken.push(request);
      return request;
    };
    await using pair = await muxPair({ call });
    const connection = await pair.dial();
    await connection.call(new LayeredMessage(greeting, { "Micro-Id": "7" }, Buffer.from("hi")));
    assert.equal(taken[0]?.base, undefined);
    assert.deepEqual(taken[0]?.header, { ...greeting, "Micro-Id": "7" });
  });

  it("answers each caller as soon as its handler is done", async () => {
    const waiting: (() => void)[] = [];
    const call = async (request: Message): Promise<Message> => {
      if (text(request) === "slow") await new Promise<void>((resolve) => waiting.push(resolve));
      else waiting[0]?.();
      return request;
    };
    await using pair = await muxPair({ call });
    const connection = await pair.dial();
    const order: string[] = [];
    const ask = async (body: string) => {
      await connection.call(message(body));
      order.push(body);
    };
    await Promise.all([ask("slow"), ask("fast")]);
    assert.deepEqual(order, ["fast", "slow"]);
  });

  it("aborts the handler's signal when the caller aborts, and rejects with the reason of the signal", async () => {
    let inbound: Inbound | undefined;
    const given = new Gate();
    const call = async (request: Message, from: Inbound): Promise<Message> => {
      inbound = from;
      from.signal.addEventListener("abort", () => given.open());
      stop.abort(new Error("enough"));
      await given.opened;
      return request;
    };
    const stop = new AbortController();
    await using pair = await muxPair({ call });
    const connection = await pair.dial();
    await assert.rejects(connection.call(message("x"), { signal: stop.signal }), /enough/);
    await given.opened;
    assert.equal(inbound?.signal.aborted, true);
  });

  it("ends a call at its timeout, passes the timeout to the handler, and continues with other calls", async () => {
    let told: number | undefined;
    const call = async (request: Message, inbound: Inbound): Promise<Message> => {
      if (text(request) !== "never") return request;
      told = inbound.timeout;
      await once(inbound.signal, "abort");
      return request;
    };
    await using pair = await muxPair({ call });
    const connection = await pair.dial();
    const start = performance.now();
    await assert.rejects(connection.call(message("never"), { timeout: 50 }), {
      code: 408,
      reason: "TIMEOUT",
      executed: "unknown",
    });
    assert.ok(performance.now() - start >= 50);
    assert.equal(told, 50);
    assert.equal(text(await connection.call(message("next"))), "next");
  });

  it("reports a call that was written when the connection broke as possibly executed", async () => {
    const reached = new Gate();
    const call = () => {
      reached.open();
      return new Promise<Message>(() => {});
    };
    await using pair = await muxPair({ call });
    const socket = await pair.socket();
    const connection = new MuxConnection(socket);
    const lost = assert.rejects(connection.call(message("x")), { reason: "NODE_LOST", executed: "unknown" });
    await reached.opened;
    socket.destroy();
    await lost;
    assert.equal(!connection.closed, false);
    await assert.rejects(connection.call(message("x")), { code: 503, executed: "no" });
  });

  it("reports a call that was not yet written as not executed", async () => {
    await using pair = await muxPair();
    const socket = await pair.socket();
    const connection = new MuxConnection(socket);
    const lost = assert.rejects(connection.call(message("x")), { code: 503, executed: "no" });
    socket.destroy(new Error("cable cut"));
    await lost;
  });

  it("refuses what is beyond the capacity of the server as not executed, except Debug methods", async () => {
    const free = new Gate();
    const call = async (request: Message): Promise<Message> => {
      if (text(request) === "hold") await free.opened;
      return request;
    };
    await using pair = await muxPair({ call }, { limit: new Admission(echo, 2) });
    const connection = await pair.dial();
    const held = [connection.call(message("hold")), connection.call(message("hold"))];
    await assert.rejects(connection.call(message("more")), { code: 503, executed: "no" });
    assert.equal(text(await connection.call(message("ok", { "Micro-Method": "Debug.Health" }))), "ok");
    free.open();
    await Promise.all(held);
    assert.equal(text(await connection.call(message("again"))), "again");
  });

  it("refuses calls over its limit as not executed", async () => {
    await using pair = await muxPair();
    const connection = await pair.dial({ maxCalls: 2 });
    const held = [connection.call(message("1")), connection.call(message("2"))];
    await assert.rejects(connection.call(message("3")), { code: 503, executed: "no" });
    await Promise.all(held);
  });

  it("carries a body at the limit, and refuses one byte more before sending it", async () => {
    await using pair = await muxPair();
    const connection = await pair.dial();
    const body = Buffer.alloc(frameLimits.maxBody, 7);
    assert.deepEqual((await connection.call({ header: {}, body })).body.length, body.length);
    const larger = Buffer.alloc(frameLimits.maxBody + 1);
    await assert.rejects(connection.call({ header: {}, body: larger }), { code: 413, executed: "no" });
    assert.equal(text(await connection.call(message("still here"))), "still here");
  });

  it("refuses a larger body than its own limit alone, and keeps the connection", async () => {
    await using pair = await muxPair({}, { limits: { maxBody: 100, maxHeader: 100 } });
    const connection = await pair.dial();
    assert.equal((await connection.call(message("x".repeat(100)))).body.length, 100);
    for (const size of [101, 300_000])
      await assert.rejects(connection.call(message("x".repeat(size))), { code: 413, executed: "no" });
    assert.equal(text(await connection.call(message("still here"))), "still here");
  });

  it("reports a call with a reply over the limit as executed", async () => {
    const call = async () => message("x".repeat(101));
    await using pair = await muxPair({ call }, { limits: { maxBody: 100, maxHeader: 100 } });
    const connection = await pair.dial();
    await assert.rejects(connection.call(message("x")), { code: 413, executed: "yes" });
  });

  it("refuses a header that HTTP could not carry either, before sending it", async () => {
    await using pair = await muxPair();
    const connection = await pair.dial();
    const headers: Record<string, string>[] = [{ "a b": "x" }, { "X-A": "a\r\nb" }, { "": "x" }];
    for (const header of headers)
      await assert.rejects(connection.call(message("x", header)), { code: 400, executed: "no" });
    await assert.rejects(connection.call(message("x", { "X-A": "x".repeat(20_000) })), { code: 413 });
    assert.equal(text(await connection.call(message("still here"))), "still here");
  });

  it("passes on a handler's rejection as an error that ran", async () => {
    const call = () => Promise.reject(unavailable("go.micro.server", "no"));
    await using pair = await muxPair({ call });
    const connection = await pair.dial();
    await assert.rejects(connection.call(message("x")), { code: 503, executed: "yes", detail: "no" });
  });

  it("closes an idle connection, and keeps one in use", async () => {
    const call = async (request: Message): Promise<Message> => {
      if (text(request) === "wait") await retired.opened;
      return request;
    };
    const retired = new Gate();
    await using pair = await muxPair({ call });
    const busy = await pair.dial({ keepalive: 5, idle: 20 });
    const waiting = busy.call(message("wait"));
    const idle = await pair.dial({ keepalive: 5, idle: 20, onRetired: () => retired.open() });
    await retired.opened;
    assert.equal(!idle.closed, false);
    assert.equal(text(await waiting), "wait");
  });

  it("closes it once `pool.ttl` of the transport is over", async () => {
    await using transport = await openTransport("http", { pool: { ttl: 1 } });
    const listener = await transport.listen("127.0.0.1:0", echo);
    const dial = () => transport.dial(listener.address, { mux: true });
    const first = await dial();
    assert.equal(text(await first.call(message("x"))), "x");
    await eventually(async () => assert.ok((await dial()) !== first, "it is still open"), 20_000);
  });

  it("detects a peer that vanished silently within four checks", async () => {
    await using pair = await muxPair();
    const connection = await pair.dial({ keepalive: 10 });
    await connection.call(message("x"));
    for (const socket of pair.accepted) socket.pause();
    await assert.rejects(connection.call(message("x")), { reason: "NODE_LOST" });
  });

  it("drains: finishes calls in flight, and refuses others as not executed", async () => {
    const free = new Gate();
    const reached = new Gate();
    const call = async (request: Message): Promise<Message> => {
      reached.open();
      await free.opened;
      return request;
    };
    await using pair = await muxPair({ call });
    const retired = new Gate();
    const connection = await pair.dial({ onRetired: () => retired.open() });
    const running = connection.call(message("running"));
    await reached.opened;
    const drained = Promise.all(pair.servings.map((serving) => serving.drain()));
    await retired.opened;
    await assert.rejects(connection.call(message("late")), { code: 503, executed: "no" });
    free.open();
    assert.equal(text(await running), "running");
    await drained;
  });
});
