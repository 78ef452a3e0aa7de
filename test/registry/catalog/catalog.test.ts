import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { describe, it } from "node:test";
import type { Node, Service } from "../../../src/core/service.js";
import { Catalog } from "../../../src/registry/catalog/catalog.js";
import { MemoryRegistry } from "../../../src/registry/memory/memory.js";
import type { Change, Registry, WatchOptions } from "../../../src/registry/registry.js";
import { changeStream } from "../../../src/registry/watch/change-stream.js";
import { eventually } from "../../../src/testing/eventually.js";

describe("a catalog", () => {
  it("does not know a service until it is loaded, and follows it from then on", async () => {
    await using registry = new MemoryRegistry();
    await using catalog = new Catalog(registry);
    await registry.register(greeter("a"));
    assert.equal(catalog.services("greeter"), undefined);
    assert.deepEqual(ids(await catalog.load("greeter")), ["a"]);
    await registry.register(greeter("b"));
    await eventually(() => assert.deepEqual(ids(catalog.services("greeter")), ["a", "b"]));
    await registry.deregister(greeter("a"));
    await eventually(() => assert.deepEqual(ids(catalog.services("greeter")), ["b"]));
  });

  it("gives the same list until something changes", async () => {
    await using registry = new MemoryRegistry();
    await using catalog = new Catalog(registry);
    await registry.register(greeter("a"), { ttl: 30_000 });
    await catalog.load("greeter");
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = catalog.services("greeter");
    await registry.register(greeter("a"), { ttl: 30_000 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(catalog.services("greeter"), before);
  });

  it("answers 404 for an unregistered service", async () => {
    await using registry = new MemoryRegistry();
    await using catalog = new Catalog(registry);
    await assert.rejects(catalog.load("absent"), { code: 404 });
    await assert.rejects(catalog.load("absent"), { code: 404 });
    await registry.register({ ...greeter("a"), name: "absent" });
    await eventually(async () => assert.deepEqual(ids(await catalog.load("absent")), ["a"]));
  });

  it("loads once for callers that ask at the same time", async () => {
    await using registry = new Scripted();
    await using catalog = new Catalog(registry);
    registry.services = [greeter("a")];
    await Promise.all([catalog.load("greeter"), catalog.load("greeter"), catalog.load("greeter")]);
    assert.equal(registry.reads, 1);
    assert.equal(registry.watches, 1);
  });

  it("lets a caller abort without affecting the others", async () => {
    await using registry = new Scripted();
    await using catalog = new Catalog(registry);
    registry.services = [greeter("a")];
    const reason = new Error("enough");
    const leaving = new AbortController();
    const left = catalog.load("greeter", { signal: leaving.signal });
    const other = catalog.load("greeter");
    leaving.abort(reason);
    await assert.rejects(left, reason);
    assert.deepEqual(ids(await other), ["a"]);
    assert.equal(registry.reads, 1);
  });

  it("leaves critical nodes out, unless all are", async () => {
    await using registry = new Scripted();
    await using catalog = new Catalog(registry);
    registry.services = [greeter("a", "b")];
    await catalog.load("greeter");
    registry.push({ action: "update", service: withStatus(greeter("a", "b"), "passing", "critical") });
    await eventually(() => assert.deepEqual(ids(catalog.services("greeter")), ["a"]));
    registry.push({ action: "update", service: withStatus(greeter("a", "b"), "critical", "critical") });
    await eventually(() => assert.deepEqual(ids(catalog.services("greeter")), ["a", "b"]));
  });

  it("serves what it knows while the registry is unreachable, and reports for how long", async () => {
    await using registry = new Scripted();
    await using catalog = new Catalog(registry);
    registry.services = [greeter("a")];
    await catalog.load("greeter");
    assert.equal(catalog.staleFor(), 0);
    registry.reach(new Error("gone"));
    await eventually(() => assert.equal(catalog.staleFor() > 20, true));
    assert.deepEqual(ids(await catalog.load("greeter")), ["a"]);
    registry.reach();
    assert.equal(catalog.staleFor(), 0);
  });

  it("drops the service that was used longest ago beyond its size", async () => {
    await using registry = new MemoryRegistry();
    await using catalog = new Catalog(registry, { size: 2 });
    for (const name of ["one", "two", "three"]) {
      await registry.register({ ...greeter(name), name });
      await catalog.load(name);
    }
    assert.equal(catalog.services("one"), undefined);
    assert.deepEqual(ids(catalog.services("three")), ["three"]);
  });

  it("yields changes of one service, or of all", async () => {
    await using registry = new MemoryRegistry();
    await using catalog = new Catalog(registry);
    await registry.register(greeter("a"));
    const seen: string[] = [];
    const stop = new AbortController();
    const following = (async () => {
      for await (const { action, service } of catalog.changes({ signal: stop.signal }))
        seen.push(`${action} ${service.name} ${ids([service])}`);
    })();
    await eventually(() => assert.deepEqual(seen, ["create greeter a"]));
    await registry.register({ ...greeter("x"), name: "other" });
    await registry.deregister(greeter("a"));
    await eventually(() => assert.deepEqual(seen.slice(1).sort(), ["create other x", "delete greeter a"]));
    assert.deepEqual(ids(catalog.services("other")), ["x"]);
    stop.abort();
    await following;
  });
});

describe("the shrink guard of a catalog", () => {
  it("keeps nodes that a restarted registry forgot as long as they answer, and drops the others", async () => {
    const alive = await listen();
    await using registry = new Scripted();
    await using catalog = new Catalog(registry);
    registry.services = [at(greeter("a", "b"), port(alive), 1)];
    await catalog.load("greeter");
    registry.push({ action: "delete", service: greeter("a", "b"), doubtful: true });
    await eventually(() => assert.deepEqual(ids(catalog.services("greeter")), ["a"]));
    alive.close();
    await once(alive, "close");
    await eventually(() => assert.deepEqual(ids(catalog.services("greeter")), []));
  });

  it("never shows a gap when the nodes register again", async () => {
    await using registry = new Scripted();
    await using catalog = new Catalog(registry, { probe: async () => true });
    registry.services = [greeter("a", "b", "c")];
    await catalog.load("greeter");
    const before = catalog.services("greeter");
    registry.push({ action: "delete", service: greeter("a", "b", "c") });
    await new Promise((resolve) => setTimeout(resolve, 20));
    registry.push({ action: "create", service: greeter("b") });
    await new Promise((resolve) => setTimeout(resolve, 20));
    registry.push({ action: "update", service: greeter("a", "b", "c") });
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(catalog.services("greeter"), before);
  });

  it("removes a single node that left at once", async () => {
    await using registry = new Scripted();
    await using catalog = new Catalog(registry, { probe: async () => true });
    registry.services = [greeter("a", "b")];
    await catalog.load("greeter");
    registry.push({ action: "update", service: greeter("b") });
    await eventually(() => assert.deepEqual(ids(catalog.services("greeter")), ["b"]));
  });

  it("holds a forgotten node no longer than twice the TTL", async () => {
    await using registry = new Scripted();
    await using catalog = new Catalog(registry, { probe: async () => true, ttl: 200 });
    registry.services = [greeter("a")];
    await catalog.load("greeter");
    registry.push({ action: "delete", service: greeter("a"), doubtful: true });
    await eventually(() => assert.deepEqual(ids(catalog.services("greeter")), []));
  });
});

/** A registry that says what the test tells it to say. */
class Scripted implements Registry {
  readonly name = "scripted";
  services: readonly Service[] = [];
  reads = 0;
  watches = 0;
  push: (change: Change) => void = () => {};
  reach: (error?: unknown) => void = () => {};
  readonly #closed = new AbortController();

  async getService(): Promise<readonly Service[]> {
    this.reads += 1;
    return this.services;
  }

  watch(options: WatchOptions = {}): AsyncIterable<Change> {
    this.watches += 1;
    this.reach = options.onReach ?? this.reach;
    const follow = async (push: (change: Change) => void, signal: AbortSignal) => {
      this.push = (change) => {
        this.services = change.action === "delete" ? [] : [change.service];
        push(change);
      };
      await once(signal, "abort");
    };
    return changeStream(follow, [options.signal, this.#closed.signal]);
  }

  async register(): Promise<void> {}
  async deregister(): Promise<void> {}
  async listServices(): Promise<readonly Service[]> {
    return this.services;
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function greeter(...nodes: string[]): Service {
  return {
    name: "greeter",
    version: "1.0.0",
    metadata: {},
    endpoints: [],
    nodes: nodes.map((id) => ({ id, address: "127.0.0.1", port: 1, metadata: {} })),
  };
}

function withStatus(service: Service, ...status: Node["status"][]): Service {
  return { ...service, nodes: service.nodes.map((node, n) => ({ ...node, status: status[n] })) };
}

function at(service: Service, ...ports: number[]): Service {
  return { ...service, nodes: service.nodes.map((node, n) => ({ ...node, port: ports[n] ?? 1 })) };
}

function ids(services: readonly Service[] | undefined): string[] | undefined {
  return services?.flatMap(({ nodes }) => nodes.map(({ id }) => id));
}

async function listen(): Promise<Server> {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function port(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
