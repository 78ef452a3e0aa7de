import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openRegistry } from "../../../src/registry/index.js";
import { withRequestTimeout } from "../../../src/registry/with-request-timeout.js";
import { service } from "../../../src/service/index.js";
import { eventually } from "../../../src/testing/eventually.js";
import { FaultProxy } from "../../../src/testing/index.js";
import { needs } from "../../support/needs.js";
import { bundled } from "../../support/programs/bundled.js";
import { start } from "../../support/programs/process.js";
import { startConsul } from "../../support/servers/consul.js";

/** A Consul, and the same behind a line on which an answer takes `ms`. */
async function slowRegistry(ms: number) {
  const server = await startConsul();
  const line = await new FaultProxy(server.address).open();
  await line.inject({ kind: "delay", ms: ms / 2 });
  return {
    direct: server.address,
    slow: line.address,
    async [Symbol.asyncDispose]() {
      await line.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

function quiet(name: string, registry: string) {
  return service({ name, registryAddress: [registry], drainDelay: 0, argv: [], env: {} });
}

describe("a registry that takes three seconds to answer", needs("consul"), () => {
  it("is awaited by a call until its deadline", async () => {
    await using registry = await slowRegistry(3000);
    await using greeter = quiet("go.micro.srv.greeter", registry.direct);
    greeter.handle("Say.Hello", {}, async () => ({ msg: "Hello" }));
    await greeter.start();
    await using caller = quiet("caller", registry.slow);
    const { client } = caller;
    const short = client.call("go.micro.srv.greeter", "Say.Hello", {}, { timeout: 1000 });
    const long = client.call("go.micro.srv.greeter", "Say.Hello", {});
    await assert.rejects(short, { code: 503, reason: "REGISTRY_UNREACHABLE" });
    assert.deepEqual(await long, { msg: "Hello" });
  });

  it("is awaited longer by a call with a later deadline than others", async () => {
    await using registry = await slowRegistry(6000);
    await using greeter = quiet("go.micro.srv.greeter", registry.direct);
    greeter.handle("Say.Hello", {}, async () => ({ msg: "Hello" }));
    await greeter.start();
    await using caller = quiet("caller", registry.slow);
    const usual = caller.client.call("go.micro.srv.greeter", "Say.Hello", {});
    const patient = caller.client.call("go.micro.srv.greeter", "Say.Hello", {}, { timeout: 20_000 });
    await assert.rejects(usual, { code: 503, reason: "REGISTRY_UNREACHABLE" });
    assert.deepEqual(await patient, { msg: "Hello" });
  });

  it("takes and renews a registration within the time for one request", async () => {
    await using registry = await slowRegistry(3000);
    await using slow = await openRegistry("consul", { addresses: [registry.slow] });
    const node = { id: "late-1", address: "127.0.0.1", port: 1, metadata: {} };
    const late = { name: "late", version: "1", metadata: {}, endpoints: [], nodes: [node] };
    for (const what of ["register", "renew"])
      await withRequestTimeout(slow, { what, limit: 5000 }, (signal) =>
        slow.register(late, { ttl: 30_000, signal }),
      );
  });

  it("drops a service that it registered too late for the service to know", async () => {
    await using registry = await slowRegistry(3000);
    await using direct = await openRegistry("consul", { addresses: [registry.direct] });
    const name = "go.micro.srv.greeter";
    await using node = start(process.execPath, [await bundled("programs/greeter-node")], {
      env: { MICRO_REGISTRY_ADDRESS: registry.slow, NODE_ENV: "test" },
    });
    await eventually(async () => assert.equal((await direct.getService(name)).length, 1), 30_000);
    node.child.kill("SIGTERM");
    assert.equal(await node.exited(), 0);
    await eventually(() => assert.rejects(direct.getService(name), { code: 404 }), 10_000);
  });
});
