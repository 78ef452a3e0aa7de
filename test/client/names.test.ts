import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openBroker } from "../../src/broker/index.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { service } from "../../src/service/index.js";

/** What JavaScript may give instead of a string. */
const values: readonly unknown[] = [null, undefined, 5, 5n, true, {}, ["topic"], Symbol("topic")];
const refused = (what: string, value: unknown) => ({
  code: 400,
  reason: "BAD_REQUEST",
  detail: `${what} is ${value === null ? "null" : typeof value}, not a string`,
});

describe("names that are not strings", { timeout: 30_000 }, () => {
  it("are refused by a client before anything is sent", async () => {
    await using registry = new MemoryRegistry();
    const given = { name: "names", broker: "memory", registry, argv: [], env: {}, log: undefined };
    await using made = service(given);
    for (const value of values) {
      const name = value as string;
      const { client } = made;
      await assert.rejects(client.publish(name, {}), refused("publish: the topic", value));
      await assert.rejects(client.call(name, "A.B", {}), refused("the service to call", value));
      await assert.rejects(client.call("names", name, {}), refused("the method to call", value));
      await assert.rejects(client.stream(name, "A.B"), refused("the service to call", value));
      await assert.rejects(client.stream("names", name), refused("the method to call", value));
    }
  });

  for (const kind of ["http", "memory", "nats", "redis"])
    it(`are refused as topics by the broker ${kind} before it connects`, async () => {
      await using registry = new MemoryRegistry();
      await using broker = await openBroker(kind, { registry, addresses: ["127.0.0.1:1"] });
      const message = { header: {}, body: Buffer.from("{}") };
      for (const value of values) {
        const topic = value as string;
        await assert.rejects(broker.publish(topic, message), refused("publish: the topic", value));
        await assert.rejects(
          broker.subscribe(topic, async () => {}),
          refused("subscribe: the topic", value),
        );
      }
    });
});
