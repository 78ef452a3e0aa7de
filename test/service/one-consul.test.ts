import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openRegistry } from "../../src/registry/index.js";
import { service } from "../../src/service/index.js";
import { eventually } from "../../src/testing/eventually.js";
import { ConnectionCount, connectionsTo, countable } from "../support/bytes/connections.js";
import { needs } from "../support/needs.js";
import { startConsul } from "../support/servers/consul.js";

const count = 20;
/** Services that each of them calls. */
const called = 5;
const options = needs("consul").skip ? needs("consul") : { ...countable, timeout: 120_000 };

describe("twenty services in one process, before a Consul with its default limits", options, () => {
  it("share its connections, until the last is closed", async () => {
    await using consul = await startConsul();
    const open = (n: number) => {
      const name = `go.micro.srv.s${n % count}`;
      const quick = { broker: "memory", argv: [], env: {}, drainDelay: 0 } as const;
      const made = service({ ...quick, name, registryAddress: [consul.address] });
      made.handle("Say.Hello", {}, () => ({ from: name }));
      return made;
    };
    using connections = new ConnectionCount(consul.address);
    const services = Array.from({ length: count }, (_, n) => open(n));
    await using _closed = {
      [Symbol.asyncDispose]: async () => void (await Promise.all(services.map((each) => each.close()))),
    };
    await Promise.all(services.map((each) => each.start()));
    const calls = services.flatMap(({ client }, n) =>
      Array.from({ length: called }, async (_, i) => {
        const name = `go.micro.srv.s${(n + i + 1) % count}`;
        assert.deepEqual(await client.call(name, "Say.Hello", {}, { timeout: 30_000 }), { from: name });
      }),
    );
    await Promise.all(calls);
    await eventually(() => assert.ok(connectionsTo(consul.address) <= 4));

    const [last = assert.fail(), ...others] = services;
    await Promise.all(others.map((each) => each.close()));
    await using registry = await openRegistry("consul", { addresses: [consul.address] });
    const names = async () => {
      const listed = await registry.listServices();
      return listed.map(({ name }) => name).filter((name) => name !== "consul");
    };
    assert.deepEqual(await names(), [last.name]);
    assert.deepEqual(await last.client.call(last.name, "Say.Hello", {}), { from: last.name });
    // its watch tells it a moment later
    await eventually(() =>
      assert.rejects(last.client.call("go.micro.srv.s1", "Say.Hello", {}), { code: 404 }),
    );
    await last.close();
    assert.deepEqual(await names(), []);
    await registry.close();
    await eventually(() => assert.equal(connectionsTo(consul.address), 0));
    connections.stop();
    assert.ok(connections.most <= 16, `${connections.most} connections`);

    await using again = open(0);
    await again.start();
    assert.deepEqual(await again.client.call("go.micro.srv.s0", "Say.Hello", {}), {
      from: "go.micro.srv.s0",
    });
  });
});
