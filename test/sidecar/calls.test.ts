import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { currentContext } from "../../src/core/context.js";
import { badRequest } from "../../src/core/errors.js";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { type MicroService, service } from "../../src/service/index.js";
import { ask } from "../support/ask.js";
import { openSidecar, ownService } from "./open-sidecar.js";
import { openSocket } from "./socket.js";

const name = "go.micro.srv.greeter";

function greeterOf(registry: MemoryRegistry): MicroService {
  const greeter = service({ name, registry, broker: "memory", drainDelay: 0, argv: [], env: {} });
  const types = { request: z.object({ name: z.string() }), response: z.object({ msg: z.string() }) };
  greeter.handle("Say.Hello", types, async (request) => ({ msg: `Hello ${request.name}` }));
  greeter.handle("Say.Meta", {}, async () => currentContext()?.metadata ?? {});
  greeter.handle("Say.Echo", {}, async (request) => request);
  greeter.handle("Say.Bad", {}, async () => {
    throw badRequest(name, "name is required");
  });
  greeter.handle("Say.Slow", {}, async (_, { signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return {};
  });
  greeter.stream("Count.Up", {}, async function* (requests) {
    for await (const request of requests) {
      const { to } = request as { to: number };
      if (to < 0) throw badRequest(name, "to is negative");
      for (let at = 1; at <= to; at++) yield { at };
    }
  });
  return greeter;
}

describe("calls through a sidecar", () => {
  const registry = new MemoryRegistry();
  const greeter = greeterOf(registry);
  let server: HttpServer;
  let nodes: readonly { readonly address: string; readonly port: number }[] = [];
  const rpc = (body: unknown, headers = {}) =>
    ask(server.url, "POST", "/rpc", body, { "Content-Type": "application/json", ...headers });
  before(async () => {
    await greeter.start();
    server = await openSidecar({}, ownService({ registry }));
    nodes = (await registry.getService(name))[0]?.nodes ?? [];
  });
  after(async () => {
    await server.close();
    await greeter.close();
  });

  it("answers /rpc as JSON and as a form", async () => {
    const ok = await rpc({ service: name, method: "Say.Hello", request: { name: "John" } });
    assert.equal(ok.text, '{"msg":"Hello John"}');
    assert.equal(ok.headers["x-micro-attempts"], "1");
    const form = `service=${name}&method=Say.Hello&request=${encodeURIComponent('{"name":"Form"}')}`;
    const type = { "Content-Type": "application/x-www-form-urlencoded" };
    assert.equal((await ask(server.url, "POST", "/rpc", form, type)).text, '{"msg":"Hello Form"}');
  });

  it("answers the short form", async () => {
    const ok = await ask(server.url, "POST", `/${name}/Say.Hello`, { name: "Short" });
    assert.deepEqual([ok.code, ok.json], [200, { msg: "Hello Short" }]);
    assert.equal((await ask(server.url, "POST", `/${name}/Say.Hello`, "{nope")).code, 400);
    assert.equal((await ask(server.url, "POST", "/no.such/Say.Hello", "{}")).code, 404);
    assert.equal((await ask(server.url, "POST", `/${name}/Say%2fHello`, "{}")).code, 400);
  });

  it("hands numbers on digit for digit", async () => {
    const text = '{"id":9007199254740993,"amount":1.10}';
    assert.match((await ask(server.url, "POST", `/${name}/Say.Echo`, text)).text, /9007199254740993/);
    const body = `{"service":"${name}","method":"Say.Echo","request":${text}}`;
    assert.match((await rpc(body)).text, /9007199254740993/);
  });

  it("says what went wrong, in the error form of Go, with its status", async () => {
    const unknown = await rpc({ service: "no.such", method: "Say.Hello", request: {} });
    assert.deepEqual(unknown.json, {
      id: "go.micro.client",
      code: 404,
      detail: "none available",
      status: "Not Found",
    });
    assert.equal((await rpc({ service: name, method: "Say.Nope", request: {} })).code, 404);
    const bad = await rpc({ service: name, method: "Say.Bad", request: {} });
    assert.deepEqual(bad.json, { id: name, code: 400, detail: "name is required", status: "Bad Request" });
    const missing = await rpc({ method: "Say.Hello" });
    assert.deepEqual(missing.json, {
      id: "go.micro.rpc",
      code: 400,
      detail: "invalid service",
      status: "Bad Request",
    });
    assert.equal((await rpc("[1]")).code, 400);
  });

  it("lets the caller shorten the timeout of a call", async () => {
    const call = { service: name, method: "Say.Slow", request: {} };
    const { code, json } = await rpc(call, { Timeout: "200000000" });
    assert.equal(code, 504);
    assert.equal((json as { code: number }).code, 408);
  });

  it("converts headers to metadata, except for those that only the sidecar may set", async () => {
    const headers = { "X-User": "bob", "X-Micro-From-Service": "bank", "X-Micro-Method": "Say.Evil" };
    const metadata = (await rpc({ service: name, method: "Say.Meta", request: {} }, headers)).json as Record<
      string,
      string
    >;
    assert.equal(metadata["X-User"], "bob");
    assert.equal(metadata["X-Micro-From-Service"], "go.micro.sidecar");
    assert.equal(metadata["X-Micro-Method"], undefined);
  });

  it("calls the one node that is asked for, and no address that is none of the service's", async () => {
    const [{ address, port } = { address: "", port: 0 }] = nodes;
    const call = { service: name, method: "Say.Hello", request: { name: "Node" } };
    assert.equal((await rpc({ ...call, address: `${address}:${port}` })).code, 200);
    assert.equal((await rpc({ ...call, address: server.address })).code, 403);
  });

  it("calls any address of the networks that its operator allows", async () => {
    const [{ address, port } = { address: "", port: 0 }] = nodes;
    const call = {
      service: "unregistered",
      method: "Say.Hello",
      request: { name: "Far" },
      address: `${address}:${port}`,
    };
    assert.equal((await rpc(call)).code, 404);
    const type = { "Content-Type": "application/json" };
    await using open = await openSidecar({ allowAddress: ["127.0.0.0/8"] }, ownService({ registry }));
    assert.deepEqual((await ask(open.url, "POST", "/rpc", call, type)).json, { msg: "Hello Far" });
    await using other = await openSidecar({ allowAddress: ["10.0.0.0/8"] }, ownService({ registry }));
    assert.equal(
      (await ask(other.url, "POST", "/rpc", { ...call, service: name, address: "127.0.0.1:1" }, type)).code,
      403,
    );
    await assert.rejects(openSidecar({ allowAddress: ["nowhere"] }), { code: 400 });
  });

  it("counts what it answered, when it is asked to", async () => {
    await using counting = await openSidecar({ stats: true });
    await ask(counting.url, "GET", "/registry");
    const { json } = await ask(counting.url, "GET", "/stats", undefined, {
      "Content-Type": "application/json",
    });
    assert.ok((json as { counters: object[] }).counters.length > 0);
    assert.equal((await ask(server.url, "GET", "/stats")).code, 404);
  });

  it("requires its token everywhere except at /health/live, also in handshakes", async () => {
    const value = "0123456789abcdef0123456789abcdef";
    await using guarded = await openSidecar({ token: { value } });
    const requests = [
      ["GET", "/registry"],
      ["POST", "/rpc"],
      ["POST", "/a/B.c"],
      ["GET", "/health"],
      ["GET", "/"],
      ["GET", "/metrics"],
    ];
    for (const [method = "", path = ""] of requests)
      assert.equal((await ask(guarded.url, method, path)).code, 401, path);
    await assert.rejects(openSocket(`${guarded.url}/broker?topic=t`), /401/);
    assert.equal((await ask(guarded.url, "GET", "/health/live")).code, 200);
    const headers = { Authorization: `Bearer ${value}` };
    assert.equal((await ask(guarded.url, "GET", "/registry", undefined, headers)).code, 200);
    await using socket = await openSocket(`${guarded.url}/broker?topic=t`, [], headers);
    socket.send("x");
    assert.match(await socket.text(), /eA==/);
  });

  const stream = `/stream?service=${name}&method=Count.Up`;

  it("streams over WebSocket, a text frame of JSON per message", async () => {
    await using socket = await openSocket(server.url + stream);
    socket.send('{"to":2}');
    assert.deepEqual([await socket.json(), await socket.json()], [{ at: 1 }, { at: 2 }]);
    socket.send('{"to":1}');
    assert.deepEqual(await socket.json(), { at: 1 });
    socket.send("");
    assert.equal((await socket.closed).code, 1000);
  });

  it("closes the socket of a stream that broke with the code and detail of the error", async () => {
    await using socket = await openSocket(server.url + stream);
    socket.send('{"to":-1}');
    assert.deepEqual(await socket.closed, { code: 4400, reason: "to is negative" });
    await using other = await openSocket(server.url + stream);
    other.send("{nope");
    assert.equal((await other.closed).code, 4400);
  });

  it("refuses the handshake for a service that does not exist", async () => {
    await assert.rejects(openSocket(`${server.url}/stream?service=no.such&method=Count.Up`), /404/);
    await assert.rejects(openSocket(`${server.url}/stream?service=${name}`), /400/);
  });

  it("streams as server-sent events and as lines of JSON", async () => {
    const request = encodeURIComponent('{"to":2}');
    const accept = { Accept: "text/event-stream" };
    const events = await ask(server.url, "GET", `${stream}&request=${request}`, undefined, accept);
    const expected = [
      'event: message\ndata: {"at":1}',
      'event: message\ndata: {"at":2}',
      "event: end\ndata: {}",
    ];
    assert.deepEqual(events.text.trim().split("\n\n"), expected);
    const lines = await ask(server.url, "POST", stream, '{"to":1}\n{"to":2}\n');
    assert.equal(lines.text, '{"at":1}\n{"at":1}\n{"at":2}\n');
    const broken = await ask(server.url, "POST", stream, '{"to":1}\n{"to":-1}\n');
    assert.match(broken.text, /^\{"at":1\}\n\{"error":\{.*"detail":"to is negative".*\}\}\n$/);
    const many = await ask(server.url, "POST", stream, '{"to":20}\n'.repeat(1000));
    assert.equal(many.text.split("\n").length, 20_001);
    assert.equal((await ask(server.url, "POST", stream, '{"to":1}\n{nope\n')).code, 400);
    assert.equal((await ask(server.url, "GET", stream)).code, 406);
  });

  it("describes its routes, for programs and for people", async () => {
    const { json } = await ask(server.url, "GET", "/openapi.json");
    const { paths } = json as { paths: Record<string, unknown> };
    for (const path of ["/registry", "/rpc", "/broker", "/stream", "/health", "/{service}/{method}"])
      assert.ok(path in paths, path);
    const page = await ask(server.url, "GET", "/");
    assert.match(String(page.headers["content-security-policy"]), /^default-src 'none'/);
    assert.match(page.text, /POST \/rpc/);
  });
});
