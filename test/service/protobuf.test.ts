import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { service } from "../../src/service/index.js";
import { type Every, EverySchema, RequestSchema, ResponseSchema } from "../wire/gen/wire_pb.js";

const quick = { broker: "memory", argv: [], env: {}, drainDelay: 0 } as const;
const name = "go.micro.srv.wire";
const hello = { request: RequestSchema, response: ResponseSchema };
const every = { request: EverySchema, response: EverySchema };

/** A service with protobuf types, and another that calls it. */
async function open(mux: boolean) {
  const registry = new MemoryRegistry();
  const wire = service({ ...quick, name, registry });
  const caller = service({ ...quick, name: "go.micro.srv.caller", registry });
  const seen: Every[] = [];
  wire.handle("Say.Hello", hello, async ({ name }) => ({ msg: `Hello ${name}` }));
  wire.handle("Every.Echo", every, async (request) => {
    seen.push(request);
    return request;
  });
  wire.stream("Every.Twice", every, async function* (requests) {
    for await (const request of requests) yield* [request, request];
  });
  await wire.start();
  if (!mux) await withoutMux(registry);
  return {
    client: caller.client,
    registry,
    seen,
    async [Symbol.asyncDispose]() {
      await caller.close();
      await wire.close();
      await registry.close();
    },
  };
}

/** Lets the service look like one of Go, so that its callers speak HTTP. */
async function withoutMux(registry: MemoryRegistry): Promise<void> {
  const [known] = await registry.getService(name);
  assert.ok(known);
  const nodes = known.nodes.map((node) => ({ ...node, metadata: { protocol: "mucp" } }));
  await registry.register({ ...known, nodes });
}

for (const mux of [true, false])
  describe(`a service with protobuf types, over ${mux ? "mux" : "HTTP"}`, () => {
    it("answers protobuf, JSON and bytes with the same handler", async () => {
      await using both = await open(mux);
      const { client } = both;
      const typed = await client.call<{ msg: string }>(name, "Say.Hello", { name: "John" }, { types: hello });
      assert.equal(typed.msg, "Hello John");
      assert.deepEqual(await client.call(name, "Say.Hello", { name: "John" }), { msg: "Hello John" });
      const bytes = toBinary(RequestSchema, create(RequestSchema, { name: "John" }));
      const options = { raw: true, contentType: "application/protobuf" };
      const reply = await client.call<Uint8Array>(name, "Say.Hello", bytes, options);
      assert.equal(fromBinary(ResponseSchema, new Uint8Array(reply)).msg, "Hello John");
    });

    it("keeps numbers beyond 2^53 in both", async () => {
      await using both = await open(mux);
      const big = 9223372036854775807n;
      const typed = await both.client.call<Every>(name, "Every.Echo", { bigNumber: big }, { types: every });
      assert.equal(typed.bigNumber, big);
      const plain = await both.client.call(name, "Every.Echo", { big_number: big, numbers: [big, 1] });
      assert.deepEqual(plain, { big_number: big, numbers: [big, 1] });
      assert.deepEqual(
        both.seen.map(({ bigNumber }) => bigNumber),
        [big, big],
      );
    });

    it("streams them", async () => {
      await using both = await open(mux);
      await using stream = await both.client.stream<Every>(name, "Every.Twice", { types: every });
      await stream.send({ text: "a" });
      const texts: string[] = [];
      for await (const { text } of stream) if (texts.push(text) === 2) break;
      assert.deepEqual(texts, ["a", "a"]);
    });

    it("answers 400 for what does not fit the type", async () => {
      await using both = await open(mux);
      await assert.rejects(both.client.call(name, "Every.Echo", { small: "x" }), {
        code: 400,
        detail: /small/,
      });
      const options = { raw: true, contentType: "application/protobuf" };
      await assert.rejects(both.client.call(name, "Every.Echo", Buffer.from([0xff]), options), { code: 400 });
    });
  });

describe("a message with a protobuf type", () => {
  it("reaches its subscriber in protobuf and in JSON", async () => {
    await using registry = new MemoryRegistry();
    await using listener = service({ ...quick, name, registry });
    const texts: string[] = [];
    const take = async ({ text }: Every) => {
      texts.push(text);
    };
    listener.subscribe("news", take, { type: EverySchema });
    await listener.start();
    await listener.client.publish("news", { text: "a" }, { types: { request: EverySchema } });
    await listener.client.publish("news", { text: "b" });
    assert.deepEqual(texts, ["a", "b"]);
    const [described] = await registry.getService(name);
    const endpoint = described?.endpoints.find(({ metadata }) => metadata.topic === "news");
    assert.equal(endpoint?.request?.values[0]?.name, "text");
  });
});
