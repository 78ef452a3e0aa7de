import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Registry } from "../../registry/registry.js";
import { eventually } from "../eventually.js";
import { example, follow, read, uniqueName } from "./registry-examples.js";
import { staysRegistered } from "./registry-registered.js";

/** Limits of the registry under test. */
export interface RegistrySuiteOptions {
  /** The reason why the suite cannot run here, as in `node:test`. Default: it runs. */
  readonly skip?: string | false;
  /** Milliseconds within which every client has to see a change. Default 20,000. */
  readonly deadline?: number;
  /** Shortest TTL that the registry accepts, in milliseconds. False if nodes do not expire. Default 1000. */
  readonly ttl?: number | false;
}

/**
 * Runs the conformance suite of registries under `node:test`. `open` returns a new client of the same registry at each
 * call. The suite uses names of its own, so the registry may hold other services.
 */
export function registrySuite(
  name: string,
  open: () => Promise<Registry>,
  options: RegistrySuiteOptions = {},
): void {
  const within = options.deadline ?? 20_000;
  describe(`${name} as a registry`, { skip: options.skip ?? false }, () => {
    reading(open, within);
    naming(open);
    describing(open, within);
    removing(open, within);
    watching(open, within);
    ending(open, within);
    staysRegistered(open, within);
    if (options.ttl !== false) expiring(open, within, options.ttl ?? 1000);
  });
}

function reading(open: () => Promise<Registry>, within: number): void {
  it("returns what was registered, to every client", async () => {
    await using registry = await open();
    await using other = await open();
    const service = example({ nodes: 2 });
    await registry.register(service);
    await eventually(async () => assert.deepEqual(await read(other, service.name), [service]), within);
    await registry.deregister(service);
  });

  it("answers 404 for a service that is not registered", async () => {
    await using registry = await open();
    await assert.rejects(registry.getService(uniqueName()), { code: 404 });
  });

  it("refuses a service without nodes", async () => {
    await using registry = await open();
    await assert.rejects(registry.register(example({ nodes: 0 })), { code: 400 });
  });
}

/** Names that no request can contain, or that would be read back as a different name. */
const unreadable = ["", ".", "..", "../x", "a/../b", "/a", "a/", "a//b", "a\0b", "a\nb", "a\ud800b"];

function naming(open: () => Promise<Registry>): void {
  it("refuses names and ids that cannot be read back, and a watch of such a name", async () => {
    await using registry = await open();
    const service = example();
    for (const name of unreadable) {
      const nodes = service.nodes.map((node) => ({ ...node, id: name }));
      const text = JSON.stringify(name);
      await assert.rejects(registry.register({ ...service, name }), { code: 400 }, text);
      await assert.rejects(registry.register({ ...service, nodes }), { code: 400 }, text);
      await assert.rejects(registry.getService(name), { code: 404 }, text);
      await assert.rejects(follow(registry.watch({ service: name })).ended, { code: 400 }, text);
    }
    await assert.rejects(registry.getService(service.name), { code: 404 });
    for (const id of ["", "a\ud800b"])
      await registry.deregister({ ...service, nodes: service.nodes.map((node) => ({ ...node, id })) });
  });
}

function describing(open: () => Promise<Registry>, within: number): void {
  it("keeps versions apart", async () => {
    await using registry = await open();
    const one = example({ version: "1.0.0" });
    const two = example({ name: one.name, version: "2.0.0" });
    await registry.register(one);
    await registry.register(two);
    await eventually(async () => assert.deepEqual(await read(registry, one.name), [one, two]), within);
    await registry.deregister(one);
    await registry.deregister(two);
  });

  it("replaces the earlier entry of a node", async () => {
    await using registry = await open();
    const first = example();
    await registry.register(first);
    const nodes = first.nodes.map((node) => ({ ...node, metadata: { zone: "b" }, port: node.port + 1 }));
    const second = { ...first, nodes };
    await registry.register(second);
    await eventually(async () => assert.deepEqual(await read(registry, first.name), [second]), within);
    await registry.deregister(second);
  });

  it("lists the names of services, and nothing else", async () => {
    await using registry = await open();
    const service = example();
    await registry.register(service);
    const empty = { name: service.name, version: "", metadata: {}, endpoints: [], nodes: [] };
    await eventually(async () => {
      const listed = await registry.listServices();
      assert.deepEqual(
        listed.filter(({ name }) => name === service.name),
        [empty],
      );
    }, within);
    await registry.deregister(service);
  });

  it("stores any text in metadata", async () => {
    await using registry = await open();
    const metadata = {
      "": "empty",
      emoji: "🦔",
      quote: `"<&>'\\\n`,
      constructor: "c",
      long: "x".repeat(500),
    };
    const service = example({ metadata });
    await registry.register(service);
    await eventually(async () => assert.deepEqual(await read(registry, service.name), [service]), within);
    await registry.deregister(service);
  });
}

function removing(open: () => Promise<Registry>, within: number): void {
  it("removes the given nodes, and keeps the others", async () => {
    await using registry = await open();
    const service = example({ nodes: 3 });
    await registry.register(service);
    await registry.deregister({ ...service, nodes: service.nodes.slice(0, 1) });
    const left = { ...service, nodes: service.nodes.slice(1) };
    await eventually(async () => assert.deepEqual(await read(registry, service.name), [left]), within);
    await registry.deregister(left);
    await eventually(() => assert.rejects(registry.getService(service.name), { code: 404 }), within);
  });

  it("removes an absent node without an error", async () => {
    await using registry = await open();
    await registry.deregister(example());
  });
}

function watching(open: () => Promise<Registry>, within: number): void {
  it("yields the current services, then each change, so that the changes add up to the state", async () => {
    await using registry = await open();
    await using other = await open();
    const service = example({ nodes: 2 });
    await registry.register(service);
    const stop = new AbortController();
    const watched = follow(other.watch({ service: service.name, signal: stop.signal }));
    await eventually(() => assert.deepEqual(watched.known(), [service]), within);
    const fewer = { ...service, nodes: service.nodes.slice(0, 1) };
    await registry.deregister({ ...service, nodes: service.nodes.slice(1) });
    await eventually(() => assert.deepEqual(watched.known(), [fewer]), within);
    await registry.deregister(fewer);
    await eventually(() => assert.deepEqual(watched.known(), []), within);
    stop.abort();
    await watched.ended;
  });

  it("watches one service or all services", async () => {
    await using registry = await open();
    const [mine, other] = [example(), example()];
    const stop = new AbortController();
    const one = follow(registry.watch({ service: mine.name, signal: stop.signal }));
    const all = follow(registry.watch({ signal: stop.signal }));
    await registry.register(mine);
    await registry.register(other);
    const names = () => new Set(all.known().map(({ name }) => name));
    await eventually(() => assert.equal(names().has(mine.name) && names().has(other.name), true), within);
    await eventually(() => assert.deepEqual(one.known(), [mine]), within);
    await registry.deregister(mine);
    await registry.deregister(other);
    await eventually(() => assert.equal(!names().has(mine.name) && !names().has(other.name), true), within);
    stop.abort();
    await Promise.all([one.ended, all.ended]);
  });
}

function ending(open: () => Promise<Registry>, within: number): void {
  it("ends a watch quietly on abort, on break and on close", async () => {
    const registry = await open();
    const service = example();
    await registry.register(service);
    const stop = new AbortController();
    const aborted = follow(registry.watch({ signal: stop.signal }));
    stop.abort();
    await aborted.ended;
    for await (const change of registry.watch({ service: service.name })) {
      assert.equal(change.action, "create");
      break;
    }
    const closed = follow(registry.watch({ service: service.name }));
    await eventually(() => assert.equal(closed.known().length, 1), within);
    await registry.deregister(service);
    await registry.close();
    await closed.ended;
    await registry.close();
  });

  it("rejects with the reason of the signal", async () => {
    await using registry = await open();
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    await assert.rejects(registry.getService(uniqueName(), { signal }), reason);
    await assert.rejects(registry.listServices({ signal }), reason);
    await assert.rejects(registry.register(example(), { signal }), reason);
  });
}

/** A TTL, in milliseconds, that is longer than any test. */
const long = 60_000;

function expiring(open: () => Promise<Registry>, within: number, ttl: number): void {
  it("drops a node that is not renewed, and restores it when it is", async () => {
    await using registry = await open();
    const service = example();
    await registry.register(service, { ttl: long });
    const stop = new AbortController();
    const watched = follow(registry.watch({ service: service.name, signal: stop.signal }));
    await eventually(() => assert.deepEqual(watched.known(), [service]), within);
    await registry.register(service, { ttl });
    await eventually(() => assert.deepEqual(watched.known(), []), within + ttl);
    await assert.rejects(registry.getService(service.name), { code: 404 });
    await registry.register(service, { ttl: long });
    await eventually(() => assert.deepEqual(watched.known(), [service]), within);
    await registry.deregister(service);
    stop.abort();
    await watched.ended;
  });
}
