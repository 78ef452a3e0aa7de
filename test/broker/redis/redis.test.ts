import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Redis } from "ioredis";
import { openBroker } from "../../../src/broker/index.js";
import { redisOptions } from "../../../src/broker/redis/redis-options.js";
import { joinScript } from "../../../src/broker/redis/scripts.js";
import { brokerSuite } from "../../../src/testing/broker/broker.js";
import { freePort } from "../../support/free-port.js";
import { needs } from "../../support/needs.js";
import { type RedisServer, startRedis } from "../../support/servers/redis.js";

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

  describe("a subscriber without a queue, with streams", () => {
    const numbered = (n: number) => ({ header: {}, body: Buffer.from(String(n)) });
    const keyOf = async (redis: Redis, ending: string) => {
      const [key] = await redis.keys(`micro:topic:*:one:*${ending}`);
      return key;
    };

    async function stage(topic: string, ackWait = 500) {
      const open = () =>
        openBroker("redis", { addresses: [`redis://${server.address}?at_least_once=true`], ackWait });
      const redis = new Redis(`redis://${server.address}`);
      await redis.flushall();
      const [publisher, subscriber] = [await open(), await open()];
      const got: number[] = [];
      let gaps = 0;
      const subscription = await subscriber.subscribe(
        topic,
        async ({ message }) => void got.push(Number(Buffer.from(message.body))),
        { onGap: () => void gaps++ },
      );
      const close = async () => {
        await subscription[Symbol.asyncDispose]();
        for (const each of [publisher, subscriber]) await each[Symbol.asyncDispose]();
        redis.disconnect();
      };
      const gapsHeard = () => gaps;
      return { redis, publisher, got, gapsHeard, [Symbol.asyncDispose]: close };
    }

    it("loses nothing more once it has joined again after the server lost its state", async () => {
      // so long that nothing but joining marks it alive within the test
      await using all = await stage("flushed", 30_000);
      const { redis, publisher, got, gapsHeard } = all;
      let n = 0;
      const publish = () => publisher.publish("flushed", numbered(n++));
      while (n < 50) await publish();
      await redis.flushall();
      const end = performance.now() + 10_000;
      while (gapsHeard() === 0 && performance.now() < end) await publish();
      assert.equal(gapsHeard(), 1);
      const joined = n;
      while (n < joined + 500) await publish();
      await until(() => got.at(-1) === n - 1);
      assert.deepEqual(
        got.filter((each) => each >= joined),
        Array.from({ length: 500 }, (_, i) => joined + i),
      );
      assert.equal(gapsHeard(), 1);
    });

    it("gets stored messages although the server was down longer than idle subscribers are kept", async () => {
      await using all = await stage("expired");
      const { redis, publisher, got, gapsHeard } = all;
      await redis.del((await keyOf(redis, ":alive")) ?? "");
      for (let n = 0; n < 100; n++) await publisher.publish("expired", numbered(n));
      await until(() => got.length === 100);
      assert.equal(gapsHeard(), 0);
      // heard of again: no doubt is left, nor does one remain for the next time
      await until(async () => (await keyOf(redis, ":doubted")) === undefined);
    });

    it("is removed if it does not return after that", async () => {
      await using broker = await openStored();
      const redis = new Redis(`redis://${server.address}`);
      await redis.flushall();
      await redis.eval(joinScript, 2, "micro:topic:gone", "micro:topic:gone:one:x", "one:x", "micro");
      for (const left of [2, 0]) {
        await redis.del("micro:topic:gone:one:x:alive");
        await broker.publish("gone", numbered(1));
        assert.equal((await redis.keys("micro:topic:gone:one:x*:*")).length, left);
      }
      assert.deepEqual(await redis.keys("micro:topic:gone*"), []);
      redis.disconnect();
    });
  });
});

/** Resolves when `holds`. @throws when that takes too long. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await holds())) {
    assert.ok(performance.now() < end, `not within 10 s: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe("Redis addresses", () => {
  it("are read as host:port or as a URL, which sets nothing else", () => {
    const url = "rediss://john:p%40ss@redis.test:7000/2";
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
    for (const address of ["http://x", "redis://x/2?enableOfflineQueue=true", "redis://x/y", "redis://x/1/2"])
      assert.throws(() => redisOptions({ addresses: [address] }), { code: 400, reason: "BAD_CONFIG" });
  });
});
