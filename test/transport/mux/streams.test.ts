import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { notFound } from "../../../src/core/errors.js";
import type { Inbound, Message, MessageStream } from "../../../src/transport/transport.js";
import { Gate, message, muxPair, text } from "../../support/mux.js";

async function collect(stream: AsyncIterable<Message>): Promise<string[]> {
  const all: string[] = [];
  for await (const each of stream) all.push(text(each));
  return all;
}

describe("streams over mux", () => {
  it("carries messages in order, both ways, until both ends have ended", async () => {
    await using pair = await muxPair();
    const connection = await pair.dial();
    const stream = await connection.stream(message("", { "Micro-Endpoint": "Say.Echo" }));
    const sent = Array.from({ length: 5000 }, (_, i) => `message ${i}`);
    const pump = async () => {
      for (const each of sent) await stream.send(message(each, { "X-A": "1" }));
      await stream.end();
    };
    const [received] = await Promise.all([collect(stream), pump()]);
    assert.deepEqual(received, sent);
  });

  it("stops a sender whose messages are not read, and lets it continue as they are read", async () => {
    let sent = 0;
    const serve = async (_: Message, stream: MessageStream) => {
      for (; sent < 1000; sent++) await stream.send(message("x".repeat(1024)));
    };
    await using pair = await muxPair({ stream: serve });
    const connection = await pair.dial();
    const stream = await connection.stream(message(""));
    // A call answered after the stream has filled its window: the connection itself is not blocked.
    for (let i = 0; i < 20; i++) await connection.call(message("x"));
    assert.ok(sent < 300, `${sent} sent`);
    assert.equal((await collect(stream)).length, 1000);
  });

  it("keeps the order of messages that nobody awaited, where some of them wait for credit", async () => {
    const serve = async (_: Message, stream: MessageStream) => {
      for await (const each of stream) await stream.send({ ...each, body: each.body.subarray(0, 4) });
    };
    await using pair = await muxPair({ stream: serve });
    const connection = await pair.dial();
    const stream = await connection.stream(message(""));
    const numbers = Array.from({ length: 2000 }, (_, i) => `${i}`.padStart(4, "0"));
    const sending = numbers.map((number) => stream.send(message(number.padEnd(1024, "x"))));
    const received = collect(stream);
    await Promise.all(sending);
    await stream.end();
    assert.deepEqual(await received, numbers);
  });

  it("rejects messages that wait for credit when the stream is closed", async () => {
    const released = new Gate<void>();
    await using pair = await muxPair({ stream: () => released.opened });
    const connection = await pair.dial();
    const stream = await connection.stream(message(""));
    const sending = Array.from({ length: 600 }, () => stream.send(message("x".repeat(1024))));
    const settled = Promise.allSettled(sending);
    await stream.close();
    const results = await settled;
    assert.equal(results[0]?.status, "fulfilled");
    const last = results.at(-1);
    assert.equal(last?.status === "rejected" && last.reason.reason, "STREAM_BROKEN");
    released.open();
  });

  it("serves readers that ask before their message has come in the order they asked in", async () => {
    const serve = async (_: Message, stream: MessageStream) => {
      for (const each of ["one", "two"]) await stream.send(message(each));
    };
    await using pair = await muxPair({ stream: serve });
    const connection = await pair.dial();
    const reader = (await connection.stream(message("")))[Symbol.asyncIterator]();
    const results = await Promise.all([reader.next(), reader.next(), reader.next()]);
    assert.deepEqual(
      results.map((result) => (result.done ? "end" : text(result.value))),
      ["one", "two", "end"],
    );
  });

  it("carries a message larger than the window", async () => {
    await using pair = await muxPair();
    const connection = await pair.dial();
    const stream = await connection.stream(message(""));
    const large = "x".repeat(1024 * 1024);
    const pump = async () => {
      for (let i = 0; i < 3; i++) await stream.send(message(large));
      await stream.end();
    };
    const [received] = await Promise.all([collect(stream), pump()]);
    assert.deepEqual(
      received.map(({ length }) => length),
      [large.length, large.length, large.length],
    );
  });

  it("tells the handler when the caller closes the stream", async () => {
    const ended = new Gate<unknown>();
    const serve = async (_: Message, stream: MessageStream, inbound: Inbound) => {
      inbound.signal.addEventListener("abort", () => ended.open(inbound.signal.reason));
      for await (const each of stream) await stream.send(each);
    };
    await using pair = await muxPair({ stream: serve });
    const connection = await pair.dial();
    const stream = await connection.stream(message(""));
    await stream.send(message("one"));
    for await (const each of stream) {
      assert.equal(text(each), "one");
      break;
    }
    assert.match(String(await ended.opened), /closed by the peer/);
    await assert.rejects(stream.send(message("late")), { reason: "STREAM_BROKEN" });
  });

  it("ends for the caller when the handler is done, whether or not the caller had ended", async () => {
    const serve = async (opening: Message, stream: MessageStream) => stream.send(opening);
    await using pair = await muxPair({ stream: serve });
    const connection = await pair.dial();
    const stream = await connection.stream(message("hello"));
    assert.deepEqual(await collect(stream), ["hello"]);
    assert.equal(text(await connection.call(message("still here"))), "still here");
  });

  it("breaks for the caller with the error of the handler, and without the text of one that nobody expected", async () => {
    for (const [thrown, expected] of [
      [notFound("go.micro.srv.a", "no more"), { code: 404, detail: "no more" }],
      [new Error("no more"), { code: 500, detail: "internal error" }],
    ] as const) {
      const serve = async (_: Message, stream: MessageStream) => {
        await stream.send(message("one"));
        throw thrown;
      };
      await using pair = await muxPair({ stream: serve });
      const connection = await pair.dial();
      const stream = await connection.stream(message(""));
      await assert.rejects(collect(stream), expected);
    }
  });

  it("breaks, and does not end, when the connection is lost", async () => {
    const serve = async (_: Message, stream: MessageStream) => {
      await stream.send(message("one"));
      for (const socket of pair.accepted) socket.destroy();
    };
    await using pair = await muxPair({ stream: serve });
    const connection = await pair.dial();
    const stream = await connection.stream(message(""));
    await assert.rejects(collect(stream), { reason: "STREAM_BROKEN" });
  });

  it("closes when its signal aborts", async () => {
    await using pair = await muxPair();
    const connection = await pair.dial();
    const stop = new AbortController();
    const stream = await connection.stream(message(""), { signal: stop.signal });
    await stream.send(message("one"));
    await assert.rejects(async () => {
      for await (const _ of stream) stop.abort(new Error("enough"));
    }, /enough/);
  });

  it("refuses one stream more than a connection may have", async () => {
    await using pair = await muxPair({}, { maxStreams: 2 });
    const connection = await pair.dial({ maxStreams: 3 });
    const open = [await connection.stream(message("")), await connection.stream(message(""))];
    const third = await connection.stream(message(""));
    await assert.rejects(collect(third), { code: 503, executed: "no" });
    const fourth = await connection.stream(message(""));
    await assert.rejects(collect(fourth), { code: 503 });
    for (const stream of open) await stream.close();
    const fifth = await connection.stream(message(""));
    await fifth.send(message("five"));
    await fifth.end();
    assert.deepEqual(await collect(fifth), ["five"]);
  });

  it("drains when its streams have ended", async () => {
    await using pair = await muxPair();
    const connection = await pair.dial();
    const stream = await connection.stream(message(""));
    await stream.send(message("one"));
    const reader = stream[Symbol.asyncIterator]();
    assert.equal((await reader.next()).done, false);
    const drained = Promise.all(pair.servings.map((serving) => serving.drain()));
    await stream.send(message("two"));
    assert.equal((await reader.next()).done, false);
    await stream.end();
    await drained;
    assert.equal((await reader.next()).done, true);
  });
});
