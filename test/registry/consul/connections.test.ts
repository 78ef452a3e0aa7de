import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { silent } from "../../../src/core/log/log.js";
import type { Service } from "../../../src/core/service.js";
import { Catalog } from "../../../src/registry/catalog/catalog.js";
import { ConsulRegistry } from "../../../src/registry/consul/consul.js";
import { Registration } from "../../../src/registry/registration/registration.js";
import { eventually } from "../../../src/testing/eventually.js";
import { ConnectionCount, connectionsTo, countable } from "../../support/bytes/connections.js";
import { needs } from "../../support/needs.js";
import { type ConsulServer, startConsul } from "../../support/servers/consul.js";

const options = needs("consul").skip ? needs("consul") : countable;
/** More than the connections that Consul gives to one host. */
const many = 250;

describe("connections to a Consul with its default limits", options, () => {
  let consul: ConsulServer;
  before(async () => {
    consul = await startConsul();
    await using registry = open();
    for (let n = 0; n < many; n++) await registry.register(service(n));
  });
  after(() => consul[Symbol.asyncDispose]());
  const open = () => new ConsulRegistry({ addresses: [consul.address] }, {});

  it("are one for an idle service", async () => {
    await using registry = open();
    await using _registered = await registered(registry);
    await eventually(() => assert.equal(connectionsTo(consul.address), 1));
  });

  it("are at most four for a service that calls twenty, also while it finds them and they change", async () => {
    using count = new ConnectionCount(consul.address);
    {
      await using registry = open();
      await using _registered = await registered(registry);
      await using catalog = new Catalog(registry);
      const called = Array.from({ length: 20 }, (_, n) => service(n));
      await Promise.all(called.map(({ name }) => catalog.load(name)));
      for (const { name, nodes } of called.slice(0, 3)) {
        await registry.register({ name, nodes, version: "2.0.0", metadata: {}, endpoints: [] });
        await eventually(() => assert.equal(catalog.services(name)?.[0]?.version, "2.0.0"));
      }
      await eventually(() => assert.equal(connectionsTo(consul.address), 2), 30_000);
    }
    count.stop();
    assert.ok(count.most <= 4, `${count.most} connections`);
  });

  it("are at most sixteen for one that follows everything, however many ask", async () => {
    using count = new ConnectionCount(consul.address);
    {
      await using registry = open();
      await using catalog = new Catalog(registry);
      const seen = new Set<string>();
      const follow = async () => {
        for await (const { service: found } of catalog.changes()) seen.add(found.name);
      };
      void follow();
      void drain(registry.watch());
      await Promise.all(Array.from({ length: many }, (_, n) => catalog.load(service(n).name)));
      await eventually(() => assert.equal(seen.size, many), 20_000);
      // two queries that wait, and those of short calls, which close a second after their last one
      await eventually(() => assert.ok(connectionsTo(consul.address) <= 4), 20_000);
    }
    count.stop();
    assert.ok(count.most <= 16, `${count.most} connections`);
  });
});

async function registered(registry: ConsulRegistry): Promise<Registration> {
  const registration = new Registration(registry, service(-1), {
    ttl: 30_000,
    interval: 10_000,
    log: silent,
  });
  await registration.start();
  return registration;
}

async function drain(changes: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of changes);
}

function service(n: number): Service {
  const name = `go.micro.srv.s${n}`;
  const nodes = [{ id: `${name}-1`, address: "127.0.0.1", port: 1, metadata: {} }];
  return { name, version: "1.0.0", metadata: {}, endpoints: [], nodes };
}
