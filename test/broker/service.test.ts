import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { RequestSchema } from "../../examples/greeter/gen/greeter_pb.js";
import { decodeEnvelope } from "../../src/broker/envelope.js";
import { HttpBroker } from "../../src/broker/http/http.js";
import { topicService } from "../../src/broker/http/wire/topic.js";
import type { Context } from "../../src/core/context.js";
import { silent } from "../../src/core/log/log.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { service } from "../../src/service/index.js";
import { Collector } from "../../src/testing/collector.js";
import { exchange } from "../support/bytes/raw.js";

const folder = new URL("../fixtures/broker/", import.meta.url);

/** The first delivery that a publisher was recorded to make. */
function delivery(file: string): string {
  const { connections } = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
  for (const { server, messages } of connections)
    if (!server.endsWith(":8500")) return messages.find(({ dir }: { dir: string }) => dir === "c2s").text;
  return "";
}

const files = readdirSync(folder).filter((file) => file.startsWith("publish-") && delivery(file) !== "");

describe("a service that subscribes", () => {
  it("tells publishers which log has the error of its handler", async () => {
    const lines: object[] = [];
    const error = (fields: object) => lines.push(fields);
    await using greeter = service({
      name: "test.subscriber",
      registry: "memory",
      broker: "memory",
      transport: "memory",
      argv: [],
      env: {},
      log: { ...silent, error },
      drainDelay: 0,
    });
    const thrown = new Error("password=hunter2");
    greeter.subscribe("thrown", () => Promise.reject(thrown));
    await greeter.start();
    await assert.rejects(greeter.client.publish("thrown", {}), ({ message }: Error) => {
      const [, request] =
        /\(internal error, see the log of test.subscriber for request ([0-9a-f-]{36})\)$/.exec(message) ?? [];
      assert.deepEqual(lines, [{ err: thrown, topic: "thrown", request }]);
      return true;
    });
  });

  for (const file of files)
    it(`passes what ${file} published to its handler, with metadata`, async () => {
      const request = delivery(file);
      const { topic = "", message } = decodeEnvelope(request.slice(request.indexOf("\r\n\r\n") + 4));
      const registry = new MemoryRegistry();
      await using broker = new HttpBroker({ registry });
      await using greeter = service({
        name: "test.subscriber",
        registry,
        broker,
        transport: "memory",
        argv: [],
        env: {},
        log: silent,
        drainDelay: 0,
      });
      const received = new Collector<{ value: unknown; context: Context }>();
      const json = message.header["Content-Type"]?.includes("json");
      const take = async (value: unknown, context: Context) => received.add({ value, context });
      greeter.subscribe(topic, take, json ? {} : { type: RequestSchema });
      await greeter.start();
      const [version] = await registry.getService(topicService(topic));
      const id = version?.nodes[0]?.id ?? "";
      const reply = await exchange(broker.address, request.replace(/\?id=broker-[^ ]+/, `?id=${id}`));
      assert.match(reply, /^HTTP\/1\.1 200 /);
      const [got] = await received.atLeast(1);
      const text = Buffer.from(message.body);
      const expected = json
        ? JSON.parse(text.toString())
        : create(RequestSchema, { name: text.subarray(2).toString() });
      assert.deepEqual(got?.value, expected);
      assert.deepEqual(got?.context.metadata, message.header);
      assert.equal(got?.context.method, topic);
    });
});
