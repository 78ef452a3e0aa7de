import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { unavailable } from "../../src/core/errors.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import type { Registry } from "../../src/registry/registry.js";
import { ask } from "../support/ask.js";
import { freePort } from "../support/free-port.js";
import { openSidecar, ownService } from "./open-sidecar.js";

/** An application whose health answers what it is told to; a function decides anew each time. */
async function openApp(status: () => number | "hang") {
  const app = { looks: 0, atOnce: 0, overlapped: false, token: undefined as unknown };
  const server = createServer((request, response) => {
    app.looks++;
    app.token = request.headers["x-micro-sidecar-token"];
    app.overlapped ||= ++app.atOnce > 1;
    response.once("close", () => app.atOnce--);
    const code = status();
    if (code !== "hang") response.writeHead(code, { Location: "/elsewhere" }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return Object.assign(app, { port, url: `http://127.0.0.1:${port}/health`, [Symbol.asyncDispose]: close });
}

/** Every change of the registry, as it comes. */
function changesOf(registry: Registry, service: string) {
  const stop = new AbortController();
  const changes = registry.watch({ service, signal: stop.signal })[Symbol.asyncIterator]();
  const next = async () => {
    const { value } = await changes.next();
    return value?.action === "delete" ? "out" : "in";
  };
  return { next, [Symbol.dispose]: () => stop.abort() };
}

const quick = { interval: 50, timeout: 400, failures: 3, successes: 2 };

describe("the application beside a sidecar", () => {
  it("is registered with an empty version, and deregistered when the sidecar stops", async () => {
    const service = ownService();
    const server = await openSidecar({ app: { name: "foo.app", address: "127.0.0.1:7001" } }, service);
    using changes = changesOf(service.registry, "foo.app");
    assert.equal(await changes.next(), "in");
    const [found] = await service.registry.getService("foo.app");
    assert.equal(found?.version, "");
    assert.match(found?.nodes[0]?.id ?? "", /^foo\.app-[0-9a-f-]{36}$/);
    assert.equal((await ask(server.url, "GET", "/health")).code, 200);
    await server.close();
    assert.equal(await changes.next(), "out");
  });

  it("is registered once it answers, deregistered after consecutive failures, and registered again after successes", async () => {
    let status: number | "hang" = 200;
    await using app = await openApp(() => status);
    const service = ownService();
    using changes = changesOf(service.registry, "foo.app");
    const beside = { name: "foo.app", address: `127.0.0.1:${app.port}`, healthcheckUrl: app.url, ...quick };
    await using server = await openSidecar({ app: { ...beside, token: "secret" } }, service);
    assert.equal(await changes.next(), "in");
    assert.equal(app.token, "secret");
    for (const bad of [500, 302, "hang"] as const) {
      status = bad;
      assert.equal(await changes.next(), "out");
      status = 200;
      const before = app.looks;
      assert.equal(await changes.next(), "in");
      assert.ok(app.looks - before >= quick.successes - 1);
    }
    assert.equal(app.overlapped, false);
    assert.equal((await ask(server.url, "GET", "/health")).code, 200);
  });

  it("keeps its state while check results alternate", async () => {
    let looks = 0;
    await using app = await openApp(() => (++looks % 2 === 1 ? 200 : 500));
    const service = ownService();
    using changes = changesOf(service.registry, "foo.app");
    const beside = { name: "foo.app", address: `127.0.0.1:${app.port}`, healthcheckUrl: app.url, ...quick };
    await using _server = await openSidecar({ app: { ...beside, interval: 10 } }, service);
    assert.equal(await changes.next(), "in");
    const next = changes.next();
    const end = performance.now() + 20_000;
    while (looks < 20 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(await Promise.race([next, Promise.resolve("nothing")]), "nothing");
  });

  it("may start after the sidecar", async () => {
    const port = await freePort();
    const service = ownService();
    using changes = changesOf(service.registry, "foo.app");
    const healthcheckUrl = `http://127.0.0.1:${port}/`;
    const app = { name: "foo.app", address: `127.0.0.1:${port}`, healthcheckUrl };
    await using server = await openSidecar({ app }, service);
    const refused = await ask(server.url, "GET", "/health");
    assert.equal(refused.code, 500);
    assert.match((refused.json as { detail: string }).detail, /ECONNREFUSED/);
    await assert.rejects(service.registry.getService("foo.app"), { code: 404 });
    const late = createServer((_, response) => response.end());
    await new Promise<void>((resolve) => late.listen(port, "127.0.0.1", resolve));
    assert.equal(await changes.next(), "in");
    late.closeAllConnections();
    await new Promise((resolve) => late.close(resolve));
  });

  it("is registered as soon as the registry answers", async () => {
    const registry = new MemoryRegistry();
    const register = registry.register.bind(registry);
    let tries = 0;
    registry.register = (...args) =>
      ++tries < 4 ? Promise.reject(unavailable("go.micro.registry", "away")) : register(...args);
    using changes = changesOf(registry, "foo.app");
    const app = { name: "foo.app", address: "127.0.0.1:7001" };
    await using _server = await openSidecar({ app }, ownService({ registry }));
    assert.equal(await changes.next(), "in");
    assert.equal(tries, 4);
  });

  it("reports the status of its health check", async () => {
    await using app = await openApp(() => 503);
    const beside = { name: "foo.app", address: `127.0.0.1:${app.port}`, healthcheckUrl: app.url, ...quick };
    await using server = await openSidecar({ app: beside });
    for (const method of ["GET", "POST"]) {
      const { code, json } = await ask(server.url, method, "/health");
      assert.equal(code, 503);
      assert.equal((json as { detail: string }).detail, "Non 200 response: 503");
    }
  });

  it("needs a valid name, address and URL", async () => {
    await assert.rejects(openSidecar({ app: { name: "../x", address: "127.0.0.1:9" } }), { code: 400 });
    await assert.rejects(openSidecar({ app: { name: "a", address: "nowhere" } }), { code: 400 });
    const app = { name: "a", address: "127.0.0.1:1", healthcheckUrl: "file:///etc/passwd" };
    await assert.rejects(openSidecar({ app }), { code: 400 });
  });
});
