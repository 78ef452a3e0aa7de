import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HttpBroker } from "../../src/broker/http/http.js";
import { MemoryBroker } from "../../src/broker/memory.js";
import { unavailable } from "../../src/core/errors.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { service } from "../../src/service/index.js";
import { eventually } from "../../src/testing/eventually.js";
import { CapturedLog } from "../support/captured-log.js";

const tryingAgain = "subscribing failed, trying again";
const quick = { drainDelay: 0, argv: [], env: {} };

describe("a service whose broker is unreachable at the start", () => {
  it("serves, and gets its messages once the broker is reachable", async () => {
    const broker = new MemoryBroker();
    const subscribe = broker.subscribe.bind(broker);
    let tries = 0;
    broker.subscribe = (...args) =>
      ++tries < 3
        ? Promise.reject(unavailable("go.micro.broker", "away", { reason: "BROKER_UNREACHABLE" }))
        : subscribe(...args);
    const log = new CapturedLog();
    const own = service({ name: "go.micro.srv.late", registry: new MemoryRegistry(), broker, ...quick, log });
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
    await eventually(() => assert.equal(tries, 3));
    await broker.publish("news", { header: {}, body: Buffer.from('{"a":1}') });
    assert.deepEqual(await message, { a: 1 });
    assert.equal(log.warnings.length, 2);
    for (const line of log.warnings)
      assert.deepEqual([line.message, line.detail, line.err], [tryingAgain, "away", undefined]);
    await own.close();
  });

  it("does not start if the address for receiving messages is taken", async () => {
    await using other = new HttpBroker({ registry: new MemoryRegistry() });
    await other.connect();
    const log = new CapturedLog();
    const argv = ["--broker_address", other.address];
    const registry = new MemoryRegistry();
    const own = service({ name: "go.micro.srv.late", registry, broker: "http", ...quick, argv, log });
    own.subscribe("news", async () => {});
    await assert.rejects(own.start(), {
      reason: "ADDRESS_IN_USE",
      detail: `broker: listen on "${other.address}": address in use`,
    });
    assert.deepEqual(log.warnings, []);
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
