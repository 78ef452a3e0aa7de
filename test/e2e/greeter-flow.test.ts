import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { silent } from "../../src/core/log/log.js";
import { service } from "../../src/service/index.js";
import { Collector } from "../../src/testing/collector.js";
import { eventually } from "../../src/testing/eventually.js";
import { ask } from "../support/ask.js";
import { needs } from "../support/needs.js";
import { micro, startMicro } from "../support/programs/micro.js";
import { type Running, start } from "../support/programs/process.js";
import { type ConsulServer, startConsul } from "../support/servers/consul.js";
import { type EtcdServer, startEtcd } from "../support/servers/etcd.js";
import { type NatsServer, startNats } from "../support/servers/nats.js";
import { type RedisServer, startRedis } from "../support/servers/redis.js";

interface Servers {
  readonly consul: ConsulServer;
  readonly etcd: EtcdServer;
  readonly nats: NatsServer;
  readonly redis: RedisServer;
}

/** The greeter of the examples, whose code is the same under each of these. */
const flows: Readonly<Record<string, (servers: Servers) => NodeJS.ProcessEnv>> = {
  "consul, http, http": ({ consul }) => ({ MICRO_REGISTRY_ADDRESS: consul.address }),
  "mdns, http, http": () => ({ MICRO_REGISTRY: "mdns", MICRO_REGISTRY_ADDRESS: "127.0.0.1" }),
  "etcd, nats, nats": ({ etcd, nats }) => ({
    MICRO_REGISTRY: "etcd",
    MICRO_REGISTRY_ADDRESS: etcd.address,
    MICRO_TRANSPORT: "nats",
    MICRO_TRANSPORT_ADDRESS: nats.address,
    MICRO_BROKER: "nats",
    MICRO_BROKER_ADDRESS: nats.address,
  }),
  "consul, http, redis": ({ consul, redis }) => ({
    MICRO_REGISTRY_ADDRESS: consul.address,
    MICRO_BROKER: "redis",
    MICRO_BROKER_ADDRESS: redis.address,
  }),
  "consul, http, redis at least once": ({ consul, redis }) => ({
    MICRO_REGISTRY_ADDRESS: consul.address,
    MICRO_BROKER: "redis",
    MICRO_BROKER_ADDRESS: `redis://${redis.address}?at_least_once=true`,
  }),
};

function example(name: string, env: NodeJS.ProcessEnv, ...args: string[]): Running {
  const file = fileURLToPath(new URL(`../../examples/greeter/${name}.ts`, import.meta.url));
  return start(process.execPath, ["--import", "tsx", file, ...args], { env });
}

/** GET /greeter/say/hello at the gateway, through the api service, to the greeter, and back. */
async function throughGateway(env: NodeJS.ProcessEnv): Promise<void> {
  await using api = example("api", env);
  await api.output(/serving/, 60_000);
  await using gateway = startMicro(["api", "--api_address=127.0.0.1:0", "--json"], { env });
  const [, url = ""] = await gateway.output(/"url":"([^"]+)"/, 60_000);
  const { code, text } = await ask(url, "GET", "/greeter/say/hello?name=John");
  assert.deepEqual([code, text], [200, '{"message":"Hello John"}']);
}

describe("the greeter over", needs("consul", "etcd", "nats-server", "redis-server"), () => {
  let servers: Servers;

  before(async () => {
    const [consul, etcd, nats, redis] = await Promise.all([
      startConsul(),
      startEtcd(),
      startNats(),
      startRedis(),
    ]);
    servers = { consul, etcd, nats, redis };
  });

  after(async () => {
    for (const server of Object.values(servers)) await server[Symbol.asyncDispose]();
  });

  for (const [name, environment] of Object.entries(flows))
    it(`registry, transport and broker ${name}`, async () => {
      const env = environment(servers);
      await using srv = example("srv", env);
      await srv.output(/serving/, 60_000);
      await using client = example("client", env, "John");
      assert.equal(await client.exited(), 0, client.stderr);
      assert.match(client.stdout, /^Hello John$/m);
      await throughGateway(env);
      await using subscriber = startMicro(["subscribe", "events", "--count", "1"], { env });
      await subscriber.output(/subscribed to events/, 60_000);
      const published = await micro(["publish", "events", '{"a":1}'], { env });
      assert.equal(published.code, 0, published.stderr);
      assert.equal(await subscriber.exited(), 0, subscriber.stderr);
      assert.match(subscriber.stdout, /\{"a":1\}/);
    });

  it("memory only, in one process", async () => {
    const received = new Collector<unknown>();
    const parts = { registry: "memory", transport: "memory", broker: "memory" };
    await using greeter = service({
      ...parts,
      name: "go.micro.srv.greeter",
      argv: [],
      env: {},
      log: silent,
      drainDelay: 0,
    });
    greeter.handle("Say.Hello", {}, async (request) => ({
      msg: `Hello ${(request as { name: string }).name}`,
    }));
    greeter.subscribe("events", async (message) => received.add(message));
    const running = new AbortController();
    const run = greeter.run({ signal: running.signal });
    await eventually(() => greeter.registry.getService(greeter.name));
    assert.deepEqual(await greeter.client.call(greeter.name, "Say.Hello", { name: "John" }), {
      msg: "Hello John",
    });
    await greeter.client.publish("events", { a: 1 });
    assert.deepEqual(await received.atLeast(1), [{ a: 1 }]);
    running.abort();
    await run;
  });
});
