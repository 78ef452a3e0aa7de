import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { openBroker } from "../../src/broker/index.js";
import { brokerSuite } from "../../src/testing/broker.js";
import { type NatsServer, startNats } from "../support/nats.js";
import { needs } from "../support/needs.js";
import { freePort } from "../support/process.js";

describe("NATS broker", needs("nats-server"), () => {
  let server: NatsServer;
  before(async () => {
    server = await startNats();
  });
  after(() => server[Symbol.asyncDispose]());
  const open = () => openBroker("nats", { addresses: [server.address] });

  const openStored = () =>
    openBroker("nats", { addresses: [`nats://${server.address}?at_least_once=true`], ackWait: 500 });

  brokerSuite("nats", open, { restart: () => server.restart() });
  brokerSuite("nats with JetStream", openStored, { redelivers: true, restart: () => server.restart() });

  it("says at once that no server answers", async () => {
    await using broker = await openBroker("nats", { addresses: [`127.0.0.1:${await freePort()}`] });
    await assert.rejects(broker.connect(), { code: 503, reason: "BROKER_UNREACHABLE" });
  });

  it("refuses what the server would not take, with its limit", async () => {
    await using broker = await open();
    const message = { header: {}, body: new Uint8Array(1024 * 1024) };
    await assert.rejects(broker.publish("large", message), {
      code: 413,
      message: /limit of the server 1048576/,
    });
  });

  it("tells a subscriber that messages may be missing after a reconnect", async () => {
    await using broker = await open();
    const gap = new Promise((resolve) => {
      void broker.subscribe("gaps", async () => {}, { onGap: resolve }).then(() => server.restart());
    });
    assert.equal(await gap, "reconnected to the server");
  });
});
