import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { z } from "zod";
import { currentContext } from "../../src/core/context.js";
import type { Log } from "../../src/core/log/log.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { service } from "../../src/service/index.js";
import { CapturedLog } from "../support/captured-log.js";

const quick = {
  version: "1.0.0",
  broker: "memory",
  argv: [],
  env: {},
  drainDelay: 0,
  log: undefined,
} as const;
const name = "go.micro.srv.greeter";

function pair(transport?: string, log?: Log) {
  const registry = new MemoryRegistry();
  const greeter = service({ ...quick, name, registry, transport, log });
  const caller = service({ ...quick, name: "go.micro.srv.caller", registry, transport });
  return {
    greeter,
    client: caller.client,
    async [Symbol.asyncDispose]() {
      await caller.close();
      await greeter.close();
      await registry.close();
    },
  };
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of stream) all.push(each);
  return all;
}

for (const transport of ["http", "memory"])
  describe(`streams of a service over ${transport}`, () => {
    it("run each step of a handler in the context of its own stream", async () => {
      await using both = pair(transport);
      both.greeter.stream("Say.Who", {}, async function* (requests) {
        const who = () => currentContext()?.metadata["X-User"];
        for await (const _ of requests) {
          yield { step: "read", who: who() };
          await turn();
          yield { step: "waited", who: who() };
        }
      });
      await both.greeter.start();
      const ask = async (user: string) => {
        await using stream = await both.client.stream(name, "Say.Who", { metadata: { "X-User": user } });
        const replies = stream[Symbol.asyncIterator]();
        const seen: unknown[] = [];
        for (let i = 0; i < 20; i++) {
          await stream.send({});
          seen.push((await replies.next()).value, (await replies.next()).value);
        }
        return seen;
      };
      const seen = await Promise.all(["Ada", "Bob"].map(ask));
      for (const [i, who] of ["Ada", "Bob"].entries())
        assert.deepEqual(
          seen[i],
          Array.from({ length: 20 }, () => [
            { step: "read", who },
            { step: "waited", who },
          ]).flat(),
        );
    });

    it("break with 400 at a request that the schema refuses", async () => {
      await using both = pair(transport);
      both.greeter.stream(
        "Say.Echo",
        { request: z.object({ name: z.string() }) },
        async function* (requests) {
          for await (const request of requests) yield request;
        },
      );
      await both.greeter.start();
      await using stream = await both.client.stream(name, "Say.Echo");
      const replies = stream[Symbol.asyncIterator]();
      await stream.send({ name: "Ada" });
      assert.deepEqual((await replies.next()).value, { name: "Ada" });
      await stream.send({ name: 1 });
      await assert.rejects(replies.next(), { code: 400, detail: /Say\.Echo request: name: / });
    });

    it("let a handler clean up after an answer that cannot be written", async () => {
      await using both = pair(transport);
      let cleaned = false;
      both.greeter.stream("Say.Loop", {}, async function* () {
        const loop: Record<string, unknown> = {};
        loop.self = loop;
        try {
          yield loop;
        } finally {
          cleaned = true;
        }
      });
      await both.greeter.start();
      await using stream = await both.client.stream(name, "Say.Loop");
      await assert.rejects(collect(stream), { code: 500 });
      assert.ok(cleaned);
    });
  });

describe("a handler that is a generator", () => {
  async function* count() {
    yield 1;
  }

  it("is refused where it is declared as a call or for a topic, with how a stream is declared", async () => {
    await using greeter = service({ ...quick, name, registry: new MemoryRegistry() });
    const stream = {
      code: 400,
      message: /handle "Say.Count".*declare a streaming method with stream\("Say.Count"/,
    };
    assert.throws(() => greeter.handle("Say.Count", {}, count as unknown as () => Promise<object>), stream);
    const topic = { code: 400, message: /subscribe "news": its handler is a generator/ };
    assert.throws(() => greeter.subscribe("news", count as unknown as () => Promise<void>), topic);
  });

  it("is an error, and no empty answer, where a call returns one", async () => {
    await using both = pair();
    both.greeter.handle("Say.Count", {}, () => count() as object);
    await both.greeter.start();
    const call = both.client.call(name, "Say.Count", {});
    await assert.rejects(call, { code: 500, detail: /returned a generator.*stream\("Say.Count"/ });
  });
});

describe("a stream handler without responses", () => {
  const promise = (async () => ({})) as unknown as () => AsyncIterable<object>;

  it("is refused where it is declared as a stream and is an async function", async () => {
    await using greeter = service({ ...quick, name, registry: new MemoryRegistry() });
    const refused = { code: 400, reason: "USAGE", message: /stream "Say.Count".*async function\*/ };
    assert.throws(() => greeter.stream("Say.Count", {}, promise), refused);
  });

  it("is an error, and the end of no process, where it returns a promise that rejects", async () => {
    const log = new CapturedLog();
    await using both = pair(undefined, log);
    both.greeter.stream("Say.Count", {}, (() =>
      Promise.reject(new Error("late"))) as unknown as typeof promise);
    await both.greeter.start();
    await using stream = await both.client.stream(name, "Say.Count");
    await assert.rejects(collect(stream), { code: 500, detail: /returned no iterable/ });
    await turn();
    assert.match(String(log.errors[0]?.err), /late/);
  });

  it("is an error that says so where a stream returns no iterable", async () => {
    await using both = pair();
    both.greeter.stream("Say.Count", {}, () => promise());
    await both.greeter.start();
    await using stream = await both.client.stream(name, "Say.Count");
    await assert.rejects(collect(stream), { code: 500, detail: /returned no iterable/ });
  });
});
