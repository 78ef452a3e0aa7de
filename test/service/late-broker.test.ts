import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryBroker } from "../../src/broker/memory.js";
import { unavailable } from "../../src/core/errors.js";
import { MemoryRegistry } from "../../src/registry/memory.js";
import { service } from "../../src/service/index.js";

const quick = { drainDelay: 0, argv: [], env: {} };

describe("a service whose broker is away when it starts", () => {
  it("serves, and gets the messages of its topics once the broker is there", async () => {
    const broker = new MemoryBroker();
    const subscribe = broker.subscribe.bind(broker);
    let tries = 0;
    broker.subscribe = (...args) =>
      ++tries < 3
        ? Promise.reject(unavailable("go.micro.broker", "away", { reason: "BROKER_UNREACHABLE" }))
        : subscribe(...args);
    const own = service({ name: "go.micro.srv.late", registry: new MemoryRegistry(), broker, ...quick });
    let got = (_: unknown) => {};
    const message = new Promise((resolve) => {
      got = resolve;
    });
    own.subscribe("news", async (value) => got(value));
    await own.start();
    assert.equal(tries, 1);
    assert.deepEqual(
      await own.client.call("go.micro.srv.late", "Debug.Health", {}).then(() => "serves"),
      "serves",
    );
    while (tries < 3) await new Promise((resolve) => setTimeout(resolve, 10));
    await broker.publish("news", { header: {}, body: Buffer.from('{"a":1}') });
    assert.deepEqual(await message, { a: 1 });
    await own.close();
  });

  it("stops at once", async () => {
    const broker = new MemoryBroker();
    broker.subscribe = () => Promise.reject(unavailable("go.micro.broker", "away"));
    const own = service({ name: "go.micro.srv.late", registry: new MemoryRegistry(), broker, ...quick });
    own.subscribe("news", async () => {});
    await own.start();
    await own.close();
  });
});
