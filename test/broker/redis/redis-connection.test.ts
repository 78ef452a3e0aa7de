import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Redis } from "ioredis";
import { RedisConnection } from "../../../src/broker/redis/redis-connection.js";
import { needs } from "../../support/needs.js";
import { startRedis } from "../../support/servers/redis.js";

describe("a connection to a Redis server that refuses PING", needs("redis-server"), () => {
  it("stays open, because a refusal shows that the server is alive", { timeout: 60_000 }, async (t) => {
    await using server = await startRedis();
    const admin = new Redis(`redis://${server.address}`);
    await admin.call("ACL", "SETUSER", "mute", "on", ">pw", "+@all", "-ping", "~*", "&*");
    admin.disconnect();
    t.mock.timers.enable({ apis: ["setInterval"] });
    await using link = new RedisConnection({ addresses: [`redis://mute:pw@${server.address}`] });
    const redis = await link.open();
    const { stream } = redis;
    await assert.rejects(redis.ping(), /NOPERM/);
    t.mock.timers.tick(10_000);
    // answered after the look for a sign of life
    assert.equal(await redis.echo("still here"), "still here");
    assert.equal(stream.destroyed, false);
    assert.equal(redis.stream, stream);
  });
});
