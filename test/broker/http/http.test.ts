import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { maxEnvelope } from "../../../src/broker/envelope.js";
import { HttpBroker } from "../../../src/broker/http/http.js";
import { parseAddress } from "../../../src/core/net/address.js";
import { MemoryRegistry, MemoryStore } from "../../../src/registry/memory/memory.js";
import { brokerSuite } from "../../../src/testing/broker/broker.js";
import { Collector } from "../../../src/testing/collector.js";
import { eventually } from "../../../src/testing/eventually.js";
import { exchange } from "../../support/bytes/raw.js";
import { CapturedLog } from "../../support/captured-log.js";
import { freePort } from "../../support/free-port.js";

const store = new MemoryStore();

brokerSuite("http", async (options) => new HttpBroker({ ...options, registry: new MemoryRegistry(store) }), {
  acknowledges: true,
});

brokerSuite(
  "http without mux",
  async (options) => new HttpBroker({ ...options, registry: new MemoryRegistry(store), mux: false }),
  { acknowledges: true },
);

describe("HTTP broker on its port", () => {
  it("refuses a message over the limit with 413, and takes one at the limit", async () => {
    await using broker = new HttpBroker({ registry: new MemoryRegistry() });
    await broker.connect();
    const atLimit = `{"Header":{":topic":"t"}}`.padEnd(maxEnvelope);
    assert.match(await exchange(broker.address, posted(atLimit)), /^HTTP\/1\.1 200 /);
    assert.match(await exchange(broker.address, posted(`${atLimit} `)), /^HTTP\/1\.1 413 /);
  });

  it("answers 421 to a host name that is not its own: a web page cannot reach it by DNS rebinding", async () => {
    await using broker = new HttpBroker({ registry: new MemoryRegistry(), advertise: "broker.test" });
    await broker.connect();
    const statuses = {
      "127.0.0.1": 200,
      "[::1]:80": 200,
      localhost: 200,
      "Broker.test:1": 200,
      "evil.test": 421,
    };
    for (const [host, status] of Object.entries(statuses)) {
      const reply = await exchange(broker.address, posted('{"Header":{":topic":"t"}}', host));
      assert.match(reply, new RegExp(`^HTTP/1.1 ${status} `), host);
    }
  });

  it("upgrades its port to mux only for publishers of this toolkit", async () => {
    await using broker = new HttpBroker({ registry: new MemoryRegistry() });
    await broker.connect();
    const upgrade = (to: string) =>
      `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: ${to}\r\nMicro-Mux: 1\r\n\r\n`;
    const head = (reply: string) => reply.includes("\r\n\r\n");
    assert.match(await exchange(broker.address, upgrade("micro-mux"), head), /^HTTP\/1\.1 101 /);
    assert.match(await exchange(broker.address, upgrade("websocket"), head), /^HTTP\/1\.1 404 /); // as without
  });

  it("carries what mux cannot write in a header over HTTP", async () => {
    const registry = new MemoryRegistry();
    await using publisher = new HttpBroker({ registry });
    await using subscriber = new HttpBroker({ registry });
    const received = new Collector();
    await subscriber.subscribe("odd", async ({ message }) => received.add(message));
    const headers: Record<string, string>[] = [
      { "X-Text": "a\u0000b" },
      { "Not a token": "x" },
      { "Micro-Method": "Say.Hello" },
    ];
    for (const header of headers) await publisher.publish("odd", { header, body: Buffer.from("x") });
    assert.deepEqual(
      (await received.atLeast(3)).map(({ header }) => header),
      headers,
    );
  });

  it("ignores a subscriber that has just left", async () => {
    const registry = new MemoryRegistry();
    await using publisher = new HttpBroker({ registry });
    await using subscriber = new HttpBroker({ registry });
    await subscriber.connect();
    const { host, port } = parseAddress(subscriber.address);
    const node = { id: "broker-left.1", address: host, port, metadata: { mux: "1" } };
    await registry.register({ name: "topic:t", version: "q", metadata: {}, endpoints: [], nodes: [node] });
    await publisher.publish("t", { header: {}, body: Buffer.from("x") });
  });

  it("reports that the address is taken, and listens once it is free", async () => {
    await using first = new HttpBroker({ registry: new MemoryRegistry() });
    await first.connect();
    await using second = new HttpBroker({ registry: new MemoryRegistry(), address: first.address });
    await assert.rejects(second.connect(), { code: 500, reason: "ADDRESS_IN_USE" });
    await first.close();
    await second.connect();
    assert.equal(second.address, first.address);
  });

  it("reports that the address does not belong to this machine", async () => {
    await using broker = new HttpBroker({ registry: new MemoryRegistry(), address: "192.0.2.1:7000" });
    await assert.rejects(broker.connect(), { code: 500, reason: "IO_ERROR", message: /EADDRNOTAVAIL/ });
  });

  it("leaves nothing in the registry when a subscription or the broker is closed", async () => {
    const registry = new MemoryRegistry();
    const broker = new HttpBroker({ registry });
    const subscription = await broker.subscribe("left", async () => {});
    await broker.subscribe("right", async () => {});
    assert.deepEqual(
      (await registry.listServices()).map(({ name }) => name),
      ["topic:left", "topic:right"],
    );
    await subscription.close();
    await broker.close();
    assert.deepEqual(await registry.listServices(), []);
  });

  it("registers again at once when its entry is removed", async () => {
    const registry = new MemoryRegistry();
    await using broker = new HttpBroker({ registry });
    await broker.subscribe("lost", async () => {});
    const [service] = await registry.getService("topic:lost");
    assert.ok(service);
    await registry.deregister(service);
    await eventually(() => registry.getService("topic:lost"));
  });

  it("renews its subscribers before their TTL ends", async () => {
    const registry = new MemoryRegistry();
    await using broker = new HttpBroker({ registry, ttl: 400, interval: 50 });
    await broker.subscribe("kept", async () => {});
    await sleep(1000);
    // Without renewal it would not come back.
    await eventually(() => registry.getService("topic:kept"));
  });

  it("passes a queue's message to the next member when one is gone, and fails without another", async () => {
    const registry = new MemoryRegistry();
    await using broker = new HttpBroker({ registry });
    const node = { id: "broker-gone.1", address: "127.0.0.1", port: await freePort(), metadata: {} };
    await registry.register({ name: "topic:t", version: "q", metadata: {}, endpoints: [], nodes: [node] });
    await assert.rejects(broker.publish("t", { header: {}, body: Buffer.from("x") }), {
      code: 503,
      reason: "NODE_UNREACHABLE",
      message: /1 of 1 subscribers: broker-gone\.1 \(127\.0\.0\.1:\d+: .*ECONNREFUSED/,
    });
    const received = new Collector<string>();
    await broker.subscribe("t", async () => received.add("got"), { queue: "q" });
    for (let sent = 0; sent < 10; sent++) await broker.publish("t", { header: {}, body: Buffer.from("x") });
    assert.equal(received.items.length, 10);
  });

  it("gives up on a subscriber that does not answer in time", async () => {
    const registry = new MemoryRegistry();
    await using publisher = new HttpBroker({ registry, timeout: 100 });
    await using subscriber = new HttpBroker({ registry, ackWait: 500 });
    await subscriber.subscribe("slow", async () => {}, { autoAck: false });
    await assert.rejects(publisher.publish("slow", { header: {}, body: Buffer.from("x") }), {
      message: /no reply in time/,
    });
  });

  it("reports a truncated response of a remote subscriber, and logs no subscriber of its own", async (t) => {
    const server = createServer((socket) => {
      socket.once("data", () =>
        socket.end("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 9\r\n\r\nhalf"),
      );
    }).listen(0, "127.0.0.1");
    t.after(() => server.close());
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const registry = new MemoryRegistry();
    const node = { id: "broker-cut.1", address: "127.0.0.1", port, metadata: {} };
    await registry.register({ name: "topic:t", version: "q", metadata: {}, endpoints: [], nodes: [node] });
    const log = new CapturedLog();
    await using broker = new HttpBroker({ registry, log });
    await assert.rejects(broker.publish("t", { header: {}, body: Buffer.from("x") }), {
      reason: "NODE_LOST",
      message: /broker-cut\.1 \(127\.0\.0\.1:\d+: answer cut off\)/,
    });
    assert.deepEqual(log.errors, []);
  });

  it("logs no subscriber of its own when a publisher gives up on one elsewhere", async () => {
    const registry = new MemoryRegistry();
    const log = new CapturedLog();
    await using publisher = new HttpBroker({ registry, log });
    await using subscriber = new HttpBroker({ registry, ackWait: 500 });
    const received = new Collector();
    await subscriber.subscribe("t", async ({ message }) => received.add(message), {
      autoAck: false,
      queue: "q",
    });
    const giveUp = new AbortController();
    const published = publisher.publish("t", { header: {}, body: Buffer.from("x") }, giveUp);
    await received.atLeast(1);
    giveUp.abort(new Error("given up"));
    await assert.rejects(published, { message: "given up" });
    await new Promise(setImmediate);
    assert.deepEqual(log.errors, []);
  });
});

function posted(body: string, host = "127.0.0.1"): string {
  return `POST /_sub?id=none HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
