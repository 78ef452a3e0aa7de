import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { api } from "../../src/api/index.js";
import { InitialRoutes } from "../../src/api/routing/initial-routes.js";
import type { Abortable } from "../../src/core/closeable.js";
import { Catalog } from "../../src/registry/catalog/catalog.js";
import { ConsulRegistry } from "../../src/registry/consul/consul.js";
import type { Change, WatchOptions } from "../../src/registry/index.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { type RawAnswer, raw, rawRequest } from "../support/bytes/raw-http.js";
import { Gateways } from "../support/gateway.js";
import { startConsul } from "../support/servers/consul.js";

/** Answers lists and watches only from when it is told to. */
class LateRegistry extends MemoryRegistry {
  #answer: () => void = () => {};
  readonly #answering = new Promise<void>((resolve) => {
    this.#answer = resolve;
  });

  answer(): void {
    this.#answer();
  }

  override async listServices(options?: Abortable) {
    await this.#answering;
    return super.listServices(options);
  }

  override async *watch(options: WatchOptions = {}): AsyncGenerator<Change> {
    const ended = new Promise((resolve) => options.signal?.addEventListener("abort", resolve));
    await Promise.race([this.#answering, ended]);
    if (!options.signal?.aborted) yield* super.watch(options);
  }
}

/** An app that speaks plain HTTP and says so in its metadata, and a gateway that starts while its registry is silent. */
async function starting() {
  const registry = new LateRegistry();
  const gateways = new Gateways();
  const asked: string[] = [];
  const app = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.end("hello");
  }).listen(0, "127.0.0.1");
  await once(app, "listening");
  const { port } = app.address() as AddressInfo;
  const nodes = [{ id: "kd-1", address: "127.0.0.1", port, metadata: { handler: "proxy" } }];
  const service = { version: "1", metadata: {}, endpoints: [] };
  await registry.register({ ...service, name: "go.micro.api.kd", nodes });
  const calls = [{ id: "calls-1", address: "127.0.0.1", port: 1, metadata: { handler: "rpc" } }];
  await registry.register({ ...service, name: "go.micro.api.calls", nodes: calls });
  const http = await api(gateways.service("go.micro.api", { registry }), { address: "127.0.0.1:0" });
  const ask = (method: string, path: string, ...headers: string[]) =>
    raw(http.address, rawRequest(method, path, [`Host: ${http.address}`, ...headers]), 10_000);
  const get = (path: string) => ask("GET", path);
  return {
    registry,
    asked,
    ask,
    get,
    async [Symbol.asyncDispose]() {
      registry.answer();
      await http.close();
      await gateways[Symbol.asyncDispose]();
      app.closeAllConnections();
      app.close();
      await registry.close();
    },
  };
}

describe("a gateway that has just started", () => {
  it("is not ready, and holds requests, until it knows the registered services", async () => {
    await using gateway = await starting();
    const { registry, get, asked } = gateway;
    const early = get("/kd/x");
    const docs = get("/openapi.json");
    const ready = await get("/health/ready");
    assert.equal(ready.status, 503);
    assert.match(JSON.parse(ready.body).detail, /routes: not known, registry "memory" has not answered/);
    assert.equal((await get("/health/live")).status, 200);
    registry.answer();
    const answer = await early;
    assert.deepEqual([answer.status, answer.body, asked], [200, "hello", ["GET /kd/x"]]);
    assert.equal((await docs).status, 200);
    assert.equal((await get("/health/ready")).status, 200);
  });

  it("answers an unclean path as it does later", async () => {
    await using gateway = await starting();
    const { registry, ask, asked } = gateway;
    const upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
    const all = () =>
      Promise.all([
        ask("GET", "/other/x//y?z=1"),
        ask("HEAD", "/other/x//y"),
        ask("GET", "/other/../kd/x"),
        ask("DELETE", "/other/x//y"),
        ask("OPTIONS", "/other/x//y"),
        ask("GET", "/calls//x", ...upgrade, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
        ask("GET", "/kd/x//y"),
      ]);
    const early = all();
    await sleep(100); // for them to arrive
    registry.answer();
    const shown = ({ status, head, body }: RawAnswer) => [
      status,
      /^location: (.*)$/im.exec(head)?.[1],
      status === 400 && JSON.parse(body).detail,
    ];
    const before = (await early).map(shown);
    assert.deepEqual(before, (await all()).map(shown));
    assert.deepEqual(
      before.map(([status]) => status),
      [301, 301, 301, 400, 200, 400, 200],
    );
    assert.deepEqual(before[0]?.[1], "/other/x/y?z=1");
    assert.deepEqual(asked, ["GET /kd/x//y", "GET /kd/x//y"]);
  });
});

describe("the first list of the registry", () => {
  it("is awaited for a limited time, after which requests fail until it arrives", async (t) => {
    const listening = setInterval(() => {}, 1000); // what waits for routes keeps no process alive
    t.after(() => clearInterval(listening));
    await using registry = new LateRegistry();
    const closed = new AbortController();
    const warned: string[] = [];
    const log = { warn: (_: unknown, text: string) => warned.push(text), debug() {}, error() {} } as never;
    await using catalog = new Catalog(registry);
    const first = new InitialRoutes(registry, catalog, { signal: closed.signal, firstListTimeout: 20, log });
    const away = { code: 503, reason: "REGISTRY_UNREACHABLE", executed: "no" };
    await assert.rejects(first.wait("go.micro.api"), away);
    assert.deepEqual(warned, [first.problem]);
    registry.answer();
    for (const end = performance.now() + 5000; !first.known && performance.now() < end; )
      await new Promise(setImmediate);
    await first.wait("go.micro.api");
    assert.equal(first.problem, undefined);
    closed.abort();
  });

  it("is complete once each of its services has arrived, or the time is over", async () => {
    await using registry = new MemoryRegistry();
    const nodes = [{ id: "a-1", address: "127.0.0.1", port: 1, metadata: {} }];
    for (const name of ["a", "b"])
      await registry.register({ name, version: "1", metadata: {}, endpoints: [], nodes });
    await using catalog = new Catalog(registry);
    const all = new InitialRoutes(registry, catalog);
    all.arrived("a");
    const waiting = all.wait("go.micro.api");
    await new Promise(setImmediate);
    assert.equal(all.known, false);
    all.arrived("b");
    await waiting;
    const hanging = { load: () => new Promise<never>(() => {}) };
    for (const known of [catalog, hanging]) {
      const part = new InitialRoutes(registry, known, { arrival: 20 });
      await part.wait("go.micro.api");
      assert.equal(part.known, true);
    }
  });

  it("is complete without listed services of other kinds, on a real Consul", async () => {
    await using consul = await startConsul();
    const foreign = { ID: "pg", Name: "postgres", Address: "127.0.0.1", Port: 5432 };
    const control = { ID: "nl", Name: "nl\nx", Address: "127.0.0.1", Port: 1 };
    for (const body of [foreign, control]) {
      const url = `http://${consul.address}/v1/agent/service/register`;
      assert.equal((await fetch(url, { method: "PUT", body: JSON.stringify(body) })).status, 200);
    }
    await using registry = new ConsulRegistry({ addresses: [consul.address] }, {});
    const nodes = [{ id: "a-1", address: "127.0.0.1", port: 1, metadata: {} }];
    await registry.register({ name: "a", version: "1", metadata: {}, endpoints: [], nodes });
    assert.equal((await registry.listServices()).length, 4);
    await using catalog = new Catalog(registry);
    const closed = new AbortController();
    const { signal } = closed;
    const first = new InitialRoutes(registry, catalog, { signal, firstListTimeout: 20_000, arrival: 60_000 });
    const waiting = first.wait("go.micro.api");
    for await (const { service } of catalog.changes({ signal })) {
      assert.equal(service.name, "a");
      assert.equal(first.known, false);
      first.arrived(service.name);
      break;
    }
    await waiting;
    closed.abort();
  });
});

describe("the path / of a gateway", () => {
  it("is 404, with a link to the docs for browsers", async () => {
    await using gateways = new Gateways();
    const { address } = await gateways.open();
    const get = (accept: string) =>
      raw(address, rawRequest("GET", "/", [`Host: ${address}`, `Accept: ${accept}`]), 10_000);
    const page = await get("text/html,*/*;q=0.8");
    assert.equal(page.status, 404);
    assert.match(page.body, /<a href="\/docs">/);
    const json = await get("*/*");
    assert.deepEqual([json.status, JSON.parse(json.body).detail], [404, "GET /: no such route"]);
  });
});
