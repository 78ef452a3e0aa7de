import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { needs } from "../../support/needs.js";
import { micro } from "../../support/programs/micro.js";
import { startRedis } from "../../support/servers/redis.js";

const publish = (broker: string, address: string) =>
  micro(["publish", "t", "{}", `--broker=${broker}`, `--broker_address=${address}`]);

describe("addresses with something that has no effect", () => {
  it("end with 2, with the value and what is right, before anything is asked", async () => {
    const cases: readonly (readonly [string[], RegExp])[] = [
      [["--registry_address=127.0.0.1:1?foo=bar"], /"foo" has no effect/],
      [["--registry_address=http://127.0.0.1:1/x?foo=bar"], /"foo" has no effect/],
      [["--registry_address=:8500"], /it names no host; this machine is 127\.0\.0\.1:8500/],
      [["--registry_address=http://:8500"], /it names no host/],
      [["--registry_address=%zz"], /not host:port/],
      [["--registry_address=a b"], /not host:port/],
      [["--registry=etcd", "--registry_address=127.0.0.1:1?x=y"], /"x" has no effect/],
      [["--registry=etcd", "--registry_address=http://127.0.0.1:1/v3"], /the path "\/v3" has no effect/],
      [
        ["--registry=etcd", "--registry_address=:9999"],
        /it names no host; this machine is 127\.0\.0\.1:9999/,
      ],
      [["--proxy_address=:9999"], /it names no host; this machine is 127\.0\.0\.1:9999/],
      [["--proxy_address=http://127.0.0.1:1?x=y"], /"x" has no effect/],
      [["--proxy_address=http://%zz"], /not host:port/],
    ];
    for (const [flags, message] of cases) {
      const { code, stderr } = await micro(["list", "services", ...flags]);
      assert.equal(code, 2, `${flags}: ${stderr}`);
      assert.match(stderr, message);
    }
  });

  for (const broker of ["nats", "redis"])
    it(`of ${broker} end with 2, with the value and what is right`, async () => {
      const cases: readonly (readonly [string, RegExp])[] = [
        ["?at_least_once=maybe", /at_least_once is "maybe", not true or false/],
        ["?at_least_once=", /at_least_once is "", not true or false/],
        ["?at-least-once=true", /"at-least-once" is not at_least_once: did you mean at_least_once\?/],
        ["?foo=bar", /"foo" is not at_least_once/],
        ["/x", broker === "nats" ? /the path "\/x" has no effect/ : /database "x" is not a number/],
      ];
      for (const [ending, message] of cases) {
        const { code, stderr } = await publish(broker, `${broker}://u:secret@127.0.0.1:1${ending}`);
        assert.equal(code, 2, `${ending}: ${stderr}`);
        assert.match(stderr, message);
        assert.doesNotMatch(stderr, /secret/);
      }
    });

  it("name a database of Redis that the server has not", needs("redis-server"), async () => {
    await using server = await startRedis();
    for (const database of ["", "/", "/15"])
      assert.equal((await publish("redis", `redis://${server.address}${database}`)).code, 0);
    for (const query of ["", "?at_least_once=true"]) {
      const { code, stderr } = await publish("redis", `redis://${server.address}/99${query}`);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /database 99: ERR DB index is out of range/);
    }
  });
});
