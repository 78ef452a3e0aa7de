import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { agent } from "../../src/agent/index.js";
import type { Service } from "../../src/core/service.js";
import { Catalog } from "../../src/registry/catalog/catalog.js";
import { ConsulRegistry } from "../../src/registry/consul/consul.js";
import { eventually } from "../../src/testing/eventually.js";

/** More than Consul's limit of connections, so that the watches go beyond what is held back for it. */
const services = 160;
const nodes = 5;
const changes = 150;

describe("R23: a catalog of many services that change all the time", () => {
  it("is as the registry once that is quiet", async () => {
    await using server = await agent({ address: "127.0.0.1:0" });
    await using writer = new ConsulRegistry({ addresses: [server.address] }, {});
    await using reader = new ConsulRegistry({ addresses: [server.address] }, {});
    await using catalog = new Catalog(reader);
    const all = Array.from({ length: services }, (_, n) => service(n, 0));
    await Promise.all(all.map((one) => writer.register(one, { ttl: 60_000 })));
    await Promise.all(all.map(({ name }) => catalog.load(name)));
    const writing: Promise<void>[] = [];
    for (let change = 0; change < changes; change++) {
      const n = Math.floor(Math.random() * services);
      all[n] = service(n, change);
      writing.push(writer.register(service(n, change), { ttl: 60_000 }));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await Promise.all(writing);
    const quiet = performance.now();
    await eventually(() => {
      for (const one of all) assert.deepEqual(catalog.services(one.name)?.map(plain), [one]);
    }, 30_000);
    const took = Math.round(performance.now() - quiet);
    console.log(
      `# ${services} services × ${nodes} nodes, ${changes} changes: as the registry after ${took} ms`,
    );
  });
});

function service(n: number, change: number): Service {
  const name = `go.micro.srv.s${n}`;
  return {
    name,
    version: "1.0.0",
    metadata: {},
    endpoints: [],
    nodes: Array.from({ length: nodes }, (_, i) => ({
      id: `${name}-${i}`,
      address: "127.0.0.1",
      port: 10_000 + i,
      metadata: { change: String(change) },
    })),
  };
}

function plain(one: Service): Service {
  return { ...one, nodes: one.nodes.map(({ status: _, ...rest }) => rest) };
}
