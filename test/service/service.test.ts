import assert from "node:assert/strict";
import { request } from "node:http";
import { describe, it } from "node:test";
import { z } from "zod";
import { currentContext } from "../../src/core/context.js";
import { badRequest } from "../../src/core/errors.js";
import { parseAddress } from "../../src/core/net/address.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { type ServiceOptions, service } from "../../src/service/index.js";
import { eventually } from "../../src/testing/eventually.js";

const quick = {
  version: "1.0.0",
  broker: "memory",
  argv: [],
  env: {},
  drainDelay: 0,
  log: undefined,
} as const;

function pair(options: Partial<ServiceOptions> = {}) {
  const registry = new MemoryRegistry();
  const greeter = service({ ...quick, name: "go.micro.srv.greeter", registry, ...options });
  const caller = service({ ...quick, name: "go.micro.srv.caller", registry, ...options });
  greeter.handle(
    "Say.Hello",
    { request: z.object({ name: z.string() }), response: z.object({ msg: z.string() }) },
    async ({ name }) => ({ msg: `Hello ${name}` }),
  );
  return {
    registry,
    greeter,
    caller,
    async [Symbol.asyncDispose]() {
      await caller.close();
      await greeter.close();
      await registry.close();
    },
  };
}

describe("a service", () => {
  for (const transport of ["http", "memory"])
    it(`answers typed calls over ${transport}`, async () => {
      await using both = pair({ transport });
      await both.greeter.start();
      const reply = await both.caller.client.call("go.micro.srv.greeter", "Say.Hello", { name: "John" });
      assert.deepEqual(reply, { msg: "Hello John" });
    });

  it("answers 400 with the field for a request that its schema refuses", async () => {
    await using both = pair();
    await both.greeter.start();
    await assert.rejects(both.caller.client.call("go.micro.srv.greeter", "Say.Hello", { name: 1 }), {
      code: 400,
      detail: /Say\.Hello request: name: /,
    });
  });

  it("answers 404 for a method it does not have, and for a service that nobody registered", async () => {
    await using both = pair();
    await both.greeter.start();
    const { client } = both.caller;
    await assert.rejects(client.call("go.micro.srv.greeter", "Say.Bye", {}), { code: 404 });
    await assert.rejects(client.call("go.micro.srv.absent", "Say.Hello", {}), { code: 404 });
  });

  it("sends a MicroError of a handler to the caller, and hides any other", async () => {
    await using both = pair();
    both.greeter.handle("Say.Bad", {}, async () => {
      throw badRequest("go.micro.srv.greeter", "no such name");
    });
    both.greeter.handle("Say.Broken", {}, async () => {
      throw new Error("password hunter2");
    });
    await both.greeter.start();
    const { client } = both.caller;
    await assert.rejects(client.call("go.micro.srv.greeter", "Say.Bad", {}), {
      code: 400,
      detail: "no such name",
    });
    await assert.rejects(client.call("go.micro.srv.greeter", "Say.Broken", {}), (error: Error) => {
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  });

  it("carries metadata and the deadline into the calls that a handler makes", async () => {
    await using both = pair();
    both.greeter.handle("Say.Seen", {}, async () => {
      const context = currentContext();
      const { "X-User-Id": user, "X-Micro-From-Service": from } = context?.metadata ?? {};
      return { user, from, left: context?.deadline.left() };
    });
    await both.greeter.start();
    both.caller.handle("Front.Ask", {}, () =>
      both.caller.client.call("go.micro.srv.greeter", "Say.Seen", {}),
    );
    await both.caller.start();
    const seen = await both.caller.client.call<{ user: string; from: string; left: number }>(
      "go.micro.srv.caller",
      "Front.Ask",
      {},
      { metadata: { "x-user-id": "7" }, timeout: 1500 },
    );
    assert.equal(seen.user, "7");
    assert.equal(seen.from, "go.micro.srv.caller");
    assert.ok(seen.left > 0 && seen.left <= 1500);
  });

  it("streams both ways", async () => {
    await using both = pair();
    both.greeter.stream("Say.Echo", {}, async function* (requests) {
      for await (const request of requests) yield { echo: request };
    });
    both.greeter.stream("Say.Count", {}, async function* () {
      for (let count = 1; count <= 3; count++) yield { count };
    });
    await both.greeter.start();
    const echo = await both.caller.client.stream<{ echo: unknown }>("go.micro.srv.greeter", "Say.Echo");
    await echo.send({ a: 1 });
    for await (const reply of echo) {
      assert.deepEqual(reply, { echo: { a: 1 } });
      break;
    }
    await echo.close();
    const counts: unknown[] = [];
    const count = await both.caller.client.stream("go.micro.srv.greeter", "Say.Count");
    await count.send({});
    for await (const reply of count) counts.push(reply);
    assert.deepEqual(counts, [{ count: 1 }, { count: 2 }, { count: 3 }]);
  });

  it("publishes to subscribers with typed messages", async () => {
    await using both = pair({ broker: "memory" });
    const got = deferred();
    both.greeter.subscribe("news", async (message) => got.resolve(message), {
      type: z.object({ text: z.string() }),
    });
    await both.greeter.start();
    await both.greeter.client.publish("news", { text: "hi" });
    assert.deepEqual(await got.promise, { text: "hi" });
  });

  it("counts a message as acknowledged if its handler returns no promise, as in JavaScript", async () => {
    await using both = pair({ broker: "memory" });
    const got: unknown[] = [];
    const plain: (message: unknown) => unknown = (message) => got.push(message);
    both.greeter.subscribe("news", plain as (message: unknown) => Promise<void>);
    await both.greeter.start();
    await both.greeter.client.publish("news", { text: "hi" });
    assert.deepEqual(got, [{ text: "hi" }]);
  });

  it("tolerates any error of a stream's handler after its caller has disconnected", async () => {
    await using both = pair();
    const left = deferred();
    both.greeter.stream("Say.Bad", {}, () => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: {} }),
        return() {
          left.resolve("left");
          throw new Error("on purpose");
        },
      }),
    }));
    await both.greeter.start();
    const bad = await both.caller.client.stream("go.micro.srv.greeter", "Say.Bad");
    await bad.close();
    assert.equal(await left.promise, "left");
  });

  it("answers Debug.Health and Debug.Stats, which the registry does not list", async () => {
    await using both = pair();
    await both.greeter.start();
    const { client } = both.caller;
    const health = await client.call<{ status: string }>("go.micro.srv.greeter", "Debug.Health", {});
    assert.match(health.status, /^(ok|degraded)$/);
    const stats = await client.call<Record<string, number>>("go.micro.srv.greeter", "Debug.Stats", {});
    assert.deepEqual(Object.keys(stats), ["started", "uptime", "memory", "threads", "gc"]);
    const [registered] = await both.registry.getService("go.micro.srv.greeter");
    assert.deepEqual(
      registered?.endpoints.map(({ name }) => name),
      ["Say.Hello"],
    );
  });

  it("can be reached by the name that it advertises", async () => {
    await using both = pair({ advertise: "micro.localhost" });
    await both.greeter.start();
    const { port } = parseAddress(both.greeter.server.address);
    const [registered] = await both.registry.getService("go.micro.srv.greeter");
    assert.deepEqual(
      registered?.nodes.map(({ address }) => address),
      ["micro.localhost"],
    );
    const status = (host: string) =>
      new Promise((resolve, reject) => {
        const headers = { host, "content-type": "application/json", "micro-method": "Debug.Health" };
        request({ port, host: "127.0.0.1", method: "POST", headers }, ({ statusCode }) => resolve(statusCode))
          .on("error", reject)
          .end("{}");
      });
    assert.equal(await status(`micro.localhost:${port}`), 200);
    assert.equal(await status(`evil.test:${port}`), 421);
  });

  it("leaves the registry when it stops", async () => {
    await using both = pair();
    const stop = new AbortController();
    const running = both.greeter.run({ signal: stop.signal });
    await eventually(() => both.registry.getService("go.micro.srv.greeter"));
    stop.abort();
    await running;
    await assert.rejects(both.registry.getService("go.micro.srv.greeter"), { code: 404 });
  });

  it("lets flags and variables override the code", () => {
    const argv = ["--server_name=flagged", "--registry", "memory", "--mine", "x"];
    const env = { MICRO_SERVER_NAME: "from-env", MICRO_BROKER: "memory" };
    const made = service({ name: "coded", argv, env });
    assert.equal(made.name, "flagged");
    assert.equal(made.registry.name, "memory");
    assert.equal(made.broker.name, "memory");
    assert.throws(() => service({ name: "x", argv: [], env: { MICRO_REGISTER_TTL: "soon" } }), { code: 400 });
  });
});

function deferred(): { promise: Promise<unknown>; resolve: (value: unknown) => void } {
  let resolve: (value: unknown) => void = () => {};
  const promise = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
