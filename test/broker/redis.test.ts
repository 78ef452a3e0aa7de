import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { openBroker } from "../../src/broker/index.js";
import { redisOptions } from "../../src/broker/redis/settings.js";
import { brokerSuite } from "../../src/testing/broker.js";
import { needs } from "../support/needs.js";
import { freePort } from "../support/process.js";
import { type RedisServer, startRedis } from "../support/redis.js";

describe("Redis broker", needs("redis-server"), () => {
  let server: RedisServer;
  before(async () => {
    server = await startRedis();
  });
  after(() => server[Symbol.asyncDispose]());
  const open = () => openBroker("redis", { addresses: [server.address] });
  const openStored = () =>
    openBroker("redis", { addresses: [`redis://${server.address}?at_least_once=true`], ackWait: 500 });

  brokerSuite("redis", open, { restart: () => server.restart() });
  brokerSuite("redis with streams", openStored, { redelivers: true, restart: () => server.restart() });

  it("says at once that no server answers", async () => {
    await using broker = await openBroker("redis", { addresses: [`127.0.0.1:${await freePort()}`] });
    const began = performance.now();
    await assert.rejects(broker.connect(), { code: 503, reason: "BROKER_UNREACHABLE" });
    assert.ok(performance.now() - began < 5000);
  });

  it("tells a subscriber that messages may be missing after a reconnect", async () => {
    await using broker = await open();
    const gap = new Promise((resolve) => {
      void broker.subscribe("gaps", async () => {}, { onGap: resolve }).then(() => server.restart());
    });
    assert.equal(await gap, "reconnected to the server");
  });
});

describe("Redis addresses", () => {
  it("are read as host:port or as a URL, whose query is none of the client's settings", () => {
    const url = "rediss://john:p%40ss@redis.test:7000/2?at_least_once=true&enableOfflineQueue=true";
    const { host, port, username, password, db, tls, enableOfflineQueue } = redisOptions({
      addresses: [url],
    });
    assert.deepEqual([host, port, username, password, db], ["redis.test", 7000, "john", "p@ss", 2]);
    assert.equal(typeof tls, "object");
    assert.equal(enableOfflineQueue, false);
    assert.deepEqual(
      [redisOptions({ addresses: ["[::1]:1"] }), redisOptions({})].map((read) => [
        read.host,
        read.port,
        read.tls,
      ]),
      [
        ["::1", 1, undefined],
        ["127.0.0.1", 6379, undefined],
      ],
    );
  });

  it("are refused when they are neither", () => {
    assert.throws(() => redisOptions({ addresses: ["http://x"] }), { code: 400 });
  });
});
