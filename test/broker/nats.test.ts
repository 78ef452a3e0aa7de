import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "@nats-io/transport-node";
import { openBroker } from "../../src/broker/index.js";
import { brokerSuite } from "../../src/testing/broker/broker.js";
import { eventually } from "../../src/testing/eventually.js";
import { freePort } from "../support/free-port.js";
import { needs } from "../support/needs.js";
import { type NatsServer, startNats } from "../support/servers/nats.js";

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

  it("refuses what the server would not accept, with its limit", async () => {
    await using broker = await open();
    const message = { header: {}, body: new Uint8Array(1024 * 1024) };
    await assert.rejects(broker.publish("large", message), {
      code: 413,
      message: /limit of the server 1048576/,
    });
  });

  it("gives each message five seconds where the server hangs, however many wait", async () => {
    await using broker = await open();
    const publish = async () => {
      const began = performance.now();
      await broker.publish("hung", { header: {}, body: Buffer.from("x") });
      return performance.now() - began;
    };
    await publish();
    process.kill(server.pid, "SIGSTOP");
    try {
      const status = () => readFileSync(`/proc/${server.pid}/status`, "utf8");
      await eventually(() => assert.match(status(), /^State:\s+T/m));
      const failed = { code: 503, reason: "BROKER_UNREACHABLE", detail: /no answer in 5000ms/ };
      const began = performance.now();
      const rejections = [1, 2, 3].map(() => assert.rejects(publish(), failed));
      await Promise.all(rejections);
      assert.ok(performance.now() - began < 7000, `${performance.now() - began} ms`);
    } finally {
      process.kill(server.pid, "SIGCONT");
    }
    await eventually(publish);
  });

  it("tells a subscriber that messages may be missing after a reconnect", async () => {
    await using broker = await open();
    const gap = new Promise((resolve) => {
      void broker.subscribe("gaps", async () => {}, { onGap: resolve }).then(() => server.restart());
    });
    assert.equal(await gap, "reconnected to the server");
  });

  it("publishes stored messages again after an outage that outlasts the first retry", async () => {
    await using broker = await openStored();
    const publish = () => broker.publish("outage", { header: {}, body: Buffer.from("x") });
    await publish();
    // in flight while the server goes away
    const failing = Array.from({ length: 20 }, () => publish().catch(() => undefined));
    await server.kill();
    await Promise.all(failing);
    await assert.rejects(publish());
    await delay(1000);
    await server.restart();
    await eventually(publish, 10_000);
  });

  it("gets stored messages again at once after the stream was deleted while publishing", async () => {
    await using publisher = await openStored();
    await using subscriber = await openStored();
    const client = await connect({ servers: server.address });
    let last = -1;
    let gaps = 0;
    await using _ = await subscriber.subscribe(
      "deleted",
      async ({ message }) => {
        last = Number(Buffer.from(message.body));
      },
      { onGap: () => void gaps++ },
    );
    let n = 0;
    // some publications fail, as they should, until the stream is there again
    const publishing = setInterval(
      () => publisher.publish("deleted", { header: {}, body: Buffer.from(String(n++)) }).catch(() => {}),
      2,
    );
    let slow = 0;
    const getting = async (what: string) => {
      const from = n;
      const began = performance.now();
      while (last < from && performance.now() < began + 15_000) await delay(5);
      assert.ok(last >= from, `nothing within 15 s ${what}`);
      if (performance.now() > began + 4000) slow++;
    };
    try {
      await getting("at first");
      for (let round = 1; round <= 15; round++) {
        await client.request("$JS.API.STREAM.DELETE.MICRO");
        await getting(`after ${round}`);
        assert.ok(gaps >= round, `${gaps} gaps after ${round}`);
      }
      // a busy server may still be deleting the stream when it is created again: then a missed heartbeat tells
      assert.ok(slow <= 2, `${slow} of 15 took more than 4 s`);
    } finally {
      clearInterval(publishing);
    }
    await client.close();
  });
});
