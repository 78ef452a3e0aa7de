import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, it } from "node:test";
import { silent } from "../../src/core/log/log.js";
import type { Service } from "../../src/core/service.js";
import { Catalog } from "../../src/registry/catalog/catalog.js";
import { ConsulRegistry } from "../../src/registry/consul/consul.js";
import { Registration } from "../../src/registry/registration/registration.js";
import { eventually } from "../../src/testing/eventually.js";
import { cuttable } from "../support/bytes/cuttable.js";
import { needs } from "../support/needs.js";
import { type ConsulServer, startConsul } from "../support/servers/consul.js";

const consul = needs("consul");
/** How long a step may take on a loaded machine, where the promise itself is 2 s. */
const generous = 30_000;

describe("R2: a registry that is killed and comes back empty", consul, () => {
  it("loses no node from the catalog, shows no false delete, and is filled again", async () => {
    await using server = await startConsul();
    await using registry = open(server);
    const nodes = await Promise.all([node(registry, "a"), node(registry, "b"), node(registry, "c")]);
    await using catalog = new Catalog(registry);
    const log = follow(catalog);
    await eventually(async () => assert.deepEqual(ids(await catalog.load("greeter")), ["a", "b", "c"]));
    const before = catalog.services("greeter");
    for (let round = 0; round < 2; round++) {
      await server.kill();
      await eventually(() => assert.equal(catalog.staleFor() > 0, true), generous);
      const gaps = watchForGaps(catalog);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await server.restart();
      await eventually(async () => assert.deepEqual(await registered(registry), ["a", "b", "c"]), generous);
      await eventually(() => assert.equal(catalog.staleFor(), 0), generous);
      assert.equal(gaps.stop(), 0, "moments in which a node was missing");
    }
    assert.deepEqual(ids(catalog.services("greeter")), ids(before));
    assert.deepEqual(log.actions, ["create"]);
    for (const one of nodes) await one.close();
  });
});

describe("R3: a registry that is not there at the start", consul, () => {
  const orders = permutations(["registry", "service", "caller"]);
  for (const order of orders)
    it(`does no harm when they start as ${order.join(", ")}`, async () => {
      const server = await startConsul();
      await server.kill();
      await using registry = open(server);
      await using catalog = new Catalog(registry);
      let serving: AsyncDisposable | undefined;
      const steps: Record<string, () => Promise<void>> = {
        registry: () => server.restart(),
        service: async () => {
          serving = await node(registry, "a");
        },
        caller: () => firstLook(catalog),
      };
      for (const step of order) await steps[step]?.();
      await eventually(async () => assert.deepEqual(ids(await catalog.load("greeter")), ["a"]), generous);
      await serving?.[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    });
});

describe("R4: a node that is cut off from the registry", consul, () => {
  it("is out once after its TTL, and in again once", async () => {
    const ttl = 3000;
    await using server = await startConsul();
    await using cable = await cuttable(server.address);
    await using far = new ConsulRegistry({ addresses: [cable.address] }, {});
    await using registry = open(server);
    const cutOff = await node(far, "far", ttl);
    const near = await node(registry, "near", ttl);
    await using catalog = new Catalog(registry);
    await eventually(async () => assert.deepEqual(ids(await catalog.load("greeter")), ["far", "near"]));
    const log = follow(catalog);
    await eventually(() => assert.equal(log.actions.length, 1));
    cable.cut();
    await eventually(() => assert.deepEqual(ids(catalog.services("greeter")), ["near"]), ttl + generous);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    cable.heal();
    await eventually(() => assert.deepEqual(ids(catalog.services("greeter")), ["far", "near"]), generous);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.deepEqual(log.actions, ["create", "update", "update"]);
    await cutOff.close();
    await near.close();
  });
});

function open(server: ConsulServer): ConsulRegistry {
  return new ConsulRegistry({ addresses: [server.address] }, {});
}

/** A node that accepts connections, and keeps itself registered. */
async function node(registry: ConsulRegistry, id: string, ttl = 30_000): Promise<Registration> {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const nodes = [{ id, address: "127.0.0.1", port, metadata: {} }];
  const service = { name: "greeter", version: "1.0.0", metadata: {}, endpoints: [], nodes };
  const registration = new Serving(registry, service, { ttl, interval: ttl / 3, log: silent });
  registration.onClose = () => server.close();
  await registration.start();
  return registration;
}

class Serving extends Registration {
  onClose: () => void = () => {};

  override async close(): Promise<void> {
    await super.close();
    this.onClose();
  }
}

/** A caller's first look, which finds the service, or nothing, or no registry: at once in each case. */
async function firstLook(catalog: Catalog): Promise<void> {
  const started = performance.now();
  await catalog.load("greeter").catch((error: { code?: number }) => {
    assert.ok(error.code === 404 || error.code === 503, String(error));
  });
  assert.ok(performance.now() - started < 5000);
}

function follow(catalog: Catalog): { readonly actions: readonly string[] } {
  const actions: string[] = [];
  void (async () => {
    for await (const { action } of catalog.changes({ service: "greeter" })) actions.push(action);
  })();
  return { actions };
}

/** Counts the looks at the catalog that do not find all three nodes. */
function watchForGaps(catalog: Catalog): { stop(): number } {
  let gaps = 0;
  const timer = setInterval(() => {
    if (ids(catalog.services("greeter"))?.length !== 3) gaps += 1;
  }, 5);
  return {
    stop: () => {
      clearInterval(timer);
      return gaps;
    },
  };
}

async function registered(registry: ConsulRegistry): Promise<string[] | undefined> {
  return ids(await registry.getService("greeter"));
}

function ids(services: readonly Service[] | undefined): string[] | undefined {
  return services?.flatMap(({ nodes }) => nodes.map(({ id }) => id));
}

function permutations(list: readonly string[]): string[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((first) =>
    permutations(list.filter((one) => one !== first)).map((rest) => [first, ...rest]),
  );
}
