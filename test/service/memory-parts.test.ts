import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openBroker } from "../../src/broker/index.js";
import { service } from "../../src/service/index.js";
import { openTransport } from "../../src/transport/index.js";

const parts = ["--registry=memory", "--broker=memory", "--transport=memory"];
const answer = async () => ({ header: {}, body: Buffer.from("here") });

describe("parts in memory", () => {
  it("let two services of one process find and call each other, and publish", async () => {
    const quick = { argv: parts, env: {}, drainDelay: 0 } as const;
    await using greeter = service({ ...quick, name: "test.memory.greeter" });
    await using caller = service({ ...quick, name: "test.memory.caller" });
    const heard: unknown[] = [];
    greeter.handle("Say.Hello", {}, async () => ({ message: "hello" }));
    greeter.subscribe("test.memory", async (value) => void heard.push(value));
    await greeter.start();
    assert.deepEqual(await caller.client.call("test.memory.greeter", "Say.Hello", {}), { message: "hello" });
    await caller.client.publish("test.memory", { count: 1 });
    assert.deepEqual(heard, [{ count: 1 }]);
  });

  it("meet at the same address only", async () => {
    const addresses = ["parts-test"];
    await using broker = await openBroker("memory", { addresses });
    await using same = await openBroker("memory", { addresses });
    await using other = await openBroker("memory");
    const heard: string[] = [];
    for (const [name, each] of Object.entries({ same, other }))
      await each.subscribe("parts", async () => void heard.push(name));
    await broker.publish("parts", { header: {}, body: Buffer.from("{}") });
    assert.deepEqual(heard, ["same"]);

    await using transport = await openTransport("memory", { addresses });
    await using near = await openTransport("memory", { addresses });
    await using far = await openTransport("memory");
    const handler = { call: answer, stream: async () => {}, opensStream: () => false };
    const { address } = await transport.listen("127.0.0.1:41000", handler);
    await using connection = await near.dial(address);
    assert.equal(String((await connection.call({ header: {}, body: Buffer.from("") })).body), "here");
    await assert.rejects(far.dial(address), { code: 503 });
  });
});
