import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Service } from "../../../src/core/service.js";
import { ConsulRegistry } from "../../../src/registry/consul/consul.js";
import { registrySuite } from "../../../src/testing/registry/registry.js";
import { freePort } from "../../support/free-port.js";
import { needs } from "../../support/needs.js";
import { type ConsulServer, startConsul } from "../../support/servers/consul.js";

const consul = needs("consul");

describe("consul", consul, () => {
  let server: ConsulServer;
  before(async () => {
    server = await startConsul();
  });
  after(() => server[Symbol.asyncDispose]());
  const open = async (...addresses: string[]) =>
    new ConsulRegistry({ addresses: addresses.length > 0 ? addresses : [server.address] }, {});

  registrySuite("consul", open);

  it("tells the state of nodes, and the critical ones on demand only", async () => {
    await using registry = await open();
    const checked = service("state.checked", 1);
    const unchecked = service("state.unchecked", 1);
    await registry.register(checked, { ttl: 60_000 });
    await registry.register(unchecked);
    assert.deepEqual(await states(registry, checked.name), ["passing"]);
    assert.deepEqual(await states(registry, unchecked.name), ["unknown"]);
    await registry.deregister(checked);
    await registry.deregister(unchecked);
  });

  it("moves on to an address that works, and stays there", async () => {
    const dead = `127.0.0.1:${await freePort()}`;
    await using registry = await open(dead, server.address);
    const given = service("failover", 1);
    await registry.register(given);
    assert.equal((await registry.getService(given.name)).length, 1);
    await registry.deregister(given);
  });

  it("reports within a second that it is unreachable, with its address", async () => {
    const address = `127.0.0.1:${await freePort()}`;
    await using registry = await open(address);
    const started = performance.now();
    const expected = { code: 503, reason: "REGISTRY_UNREACHABLE", detail: new RegExp(address) };
    await assert.rejects(registry.getService("any"), expected);
    await assert.rejects(registry.listServices(), expected);
    await assert.rejects(registry.register(service("any", 1)), expected);
    assert.ok(performance.now() - started < 3000);
  });
});

async function states(registry: ConsulRegistry, name: string): Promise<(string | undefined)[]> {
  const services = await registry.getService(name, { unhealthy: true });
  return services.flatMap(({ nodes }) => nodes.map(({ status }) => status));
}

function service(name: string, nodes: number): Service {
  return {
    name,
    version: "1.0.0",
    metadata: {},
    endpoints: [],
    nodes: Array.from({ length: nodes }, (_, n) => ({
      id: `${name}-${n}`,
      address: "127.0.0.1",
      port: 20_000 + n,
      metadata: {},
    })),
  };
}
