import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Etcd3 } from "etcd3";
import type { Service } from "../../src/core/service.js";
import { EtcdRegistry } from "../../src/registry/etcd/etcd.js";
import { eventually } from "../../src/testing/eventually.js";
import { registrySuite } from "../../src/testing/registry/registry.js";
import { freePort } from "../support/free-port.js";
import { needs } from "../support/needs.js";
import { type EtcdServer, startEtcd } from "../support/servers/etcd.js";

describe("etcd", needs("etcd"), () => {
  let server: EtcdServer;
  before(async () => {
    server = await startEtcd();
  });
  after(() => server[Symbol.asyncDispose]());
  const open = () => EtcdRegistry.open({ addresses: [server.address] });

  registrySuite("etcd", open, { ttl: 2000 });

  it("keeps what Go programs keep: a key for each node, with its service around it", async () => {
    await using registry = await open();
    const etcd = new Etcd3({ hosts: server.address });
    await registry.register(greeter);
    const kept = await etcd.getAll().prefix("/micro/registry/").json();
    assert.deepEqual(kept, { "/micro/registry/go.micro.srv-greeter/node-1": asGoWrites });
    await etcd.put("/micro/registry/old/old-1").value(JSON.stringify(asGo17Writes)).exec();
    const [old] = await registry.getService("old");
    const node = { id: "old-1", address: "10.0.0.5", port: 81, metadata: {}, status: "unknown" };
    assert.deepEqual(old?.nodes, [node]);
    await etcd.put("/micro/registry/old/junk").value("{").exec();
    assert.equal((await registry.getService("old")).length, 1);
    await registry.deregister(greeter);
    await etcd.delete().prefix("/micro/registry/old/").exec();
    etcd.close();
  });

  it("says that it is unreachable, and where", async () => {
    const address = `127.0.0.1:${await freePort()}`;
    await using registry = await EtcdRegistry.open({ addresses: [address] });
    const expected = { code: 503, reason: "REGISTRY_UNREACHABLE", detail: new RegExp(address) };
    await assert.rejects(registry.getService("any"), expected);
    await assert.rejects(registry.register(greeter), expected);
  });

  it("reports an outage, marks lost entries as doubtful, and accepts registrations again", async () => {
    await using registry = await open();
    await registry.register(greeter, { ttl: 30_000 });
    const seen: string[] = [];
    const stop = new AbortController();
    const onReach = (error?: unknown) => seen.push(error === undefined ? "reached" : "away");
    const watching = (async () => {
      for await (const { action, doubtful } of registry.watch({ signal: stop.signal, onReach }))
        seen.push(doubtful ? `${action} doubtful` : action);
    })();
    await eventually(() => assert.deepEqual(seen, ["create"]));
    await server.kill();
    await eventually(() => assert.deepEqual(seen.slice(1), ["away"]));
    await server.start();
    await eventually(() => assert.deepEqual(seen.slice(2).sort(), ["delete doubtful", "reached"]), 20_000);
    await registry.register(greeter, { ttl: 30_000 });
    await eventually(() => assert.equal(seen.at(-1), "create"));
    await registry.deregister(greeter);
    stop.abort();
    await watching;
  });
});

const greeter: Service = {
  name: "go.micro.srv/greeter",
  version: "1.0.0",
  metadata: {},
  endpoints: [{ name: "Say.Hello", request: null, response: null, metadata: {} }],
  nodes: [{ id: "node/1", address: "127.0.0.1", port: 80, metadata: { a: "b" } }],
};

const asGoWrites = {
  name: "go.micro.srv/greeter",
  version: "1.0.0",
  metadata: null,
  endpoints: [{ name: "Say.Hello", request: null, response: null, metadata: {} }],
  nodes: [{ id: "node/1", address: "127.0.0.1:80", metadata: { a: "b" } }],
};

const asGo17Writes = {
  name: "old",
  version: "",
  metadata: null,
  endpoints: null,
  nodes: [{ id: "old-1", address: "10.0.0.5", port: 81, metadata: null }],
};
