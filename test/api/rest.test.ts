import assert from "node:assert/strict";
import { once } from "node:events";
import { get as httpGet } from "node:http";
import { describe, it } from "node:test";
import { WebSocket } from "ws";
import { z } from "zod";
import { MicroError } from "../../src/core/errors.js";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { Gateways } from "../support/gateway.js";

const user = z.object({ id: z.int(), name: z.string().optional(), tags: z.array(z.string()).optional() });

function users(gateways: Gateways): Promise<() => Promise<void>> {
  const service = gateways.service("go.micro.srv.users");
  const metadata = { path: "/users/{id}", method: "GET", handler: "rpc" };
  service.handle("Users.Get", { request: user, response: user, metadata }, async (request) => {
    if (request.id === 404) throw new MicroError("go.micro.srv.users", 404, "no such user");
    return request;
  });
  const put = { path: "/users/{id}", method: "PUT,PATCH", handler: "rpc" };
  service.handle("Users.Put", { request: user, response: user, metadata: put }, async (request) => request);
  service.handle("Users.Big", { metadata: { path: "/big", handler: "rpc" } }, async (request) => request);
  const count = z.object({ to: z.int() });
  const streamed = { path: "/count", handler: "rpc" };
  service.stream("Users.Count", { request: count, metadata: streamed }, async function* (requests) {
    for await (const { to } of requests) {
      if (to < 0) throw new MicroError("go.micro.srv.users", 400, "below zero");
      for (let n = 1; n <= to; n++) yield { n };
      return;
    }
  });
  return gateways.run(service);
}

function send(http: HttpServer, method: string, path: string, body = "", ...headers: string[]) {
  const length = body === "" ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  return raw(
    http.address,
    rawRequest(method, path, [`Host: ${http.address}`, ...length, ...headers], body),
    10_000,
  );
}

/** Routes come with the registry's news. */
async function untilRouted(http: HttpServer, path: string): Promise<void> {
  for (let i = 0; i < 500; i++) {
    const { body } = await send(http, "GET", "/openapi.json");
    if (JSON.parse(body).paths[path]) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`no route ${path}`);
}

describe("routes that services declare", () => {
  it("calls the method with values of path, query and body, converted to their types", async () => {
    await using gateways = new Gateways();
    const http = await gateways.open();
    await users(gateways);
    await untilRouted(http, "/users/{id}");
    const got = await send(http, "GET", "/users/7?name=J%C3%BC&tags=a&tags=b");
    assert.deepEqual(JSON.parse(got.body), { id: 7, name: "Jü", tags: ["a", "b"] });
    const put = await send(http, "PUT", "/users/8", '{"id":1,"name":"x"}', "Content-Type: application/json");
    assert.deepEqual(JSON.parse(put.body), { id: 8, name: "x" });
    assert.equal((await send(http, "GET", "/users/x")).status, 400);
    const absent = await send(http, "GET", "/users/404");
    assert.deepEqual([absent.status, JSON.parse(absent.body).detail], [404, "no such user"]);
  });

  it("decodes each element of the path once", async () => {
    await using gateways = new Gateways();
    const http = await gateways.open();
    const service = gateways.service("go.micro.srv.paths");
    const route = (method: string, path: string) =>
      service.handle(method, { metadata: { path, method: "GET" } }, async (request) => ({ method, request }));
    route("Files.Get", "/files/{name}");
    route("Files.Umlaut", "/files/ü");
    route("Files.All", "/files/");
    await gateways.run(service);
    await untilRouted(http, "/files/");
    for (const [path, method, request] of [
      ["/files/a%2Fb", "Files.Get", { name: "a/b" }],
      ["/files/a%252Fb", "Files.Get", { name: "a%2Fb" }],
      ["/files/%C3%BC", "Files.Umlaut", {}],
      ["/files/%c3%bc", "Files.Umlaut", {}],
      ["/files/", "Files.All", {}],
    ] as const)
      assert.deepEqual(JSON.parse((await send(http, "GET", path)).body), { method, request }, path);
    for (const path of [
      "/files/..%2Fx",
      "/files/%2E%2E",
      "/files/a%2F..%2Fb",
      "/files%2Fa",
      "/files/a%2Fb/c",
    ])
      assert.equal((await send(http, "GET", path)).status, 400, path);
  });

  it("passes a body alone on byte for byte", async () => {
    await using gateways = new Gateways();
    const http = await gateways.open();
    await users(gateways);
    await untilRouted(http, "/big");
    const { body } = await send(
      http,
      "POST",
      "/big",
      '{"n":9007199254740993}',
      "Content-Type: application/json",
    );
    assert.equal(body.trim(), '{"n":9007199254740993}');
  });

  it("sends a stream as events, with an error as the last one", async () => {
    await using gateways = new Gateways();
    const http = await gateways.open();
    await users(gateways);
    await untilRouted(http, "/count");
    const read = async (to: number) => {
      const asked = httpGet(`${http.url}/count?to=${to}`, { headers: { Accept: "text/event-stream" } });
      const [response] = await once(asked, "response");
      let text = "";
      for await (const chunk of response) text += chunk;
      return text;
    };
    assert.equal(
      await read(2),
      'event: message\ndata: {"n":1}\n\nevent: message\ndata: {"n":2}\n\nevent: end\ndata: {}\n\n',
    );
    assert.match(
      await read(-1),
      /^event: error\ndata: \{"id":"go.micro.srv.users","code":400,"detail":"below zero"/,
    );
    assert.equal((await send(http, "GET", "/count?to=1")).status, 400);
  });

  it("joins a WebSocket and a stream", async () => {
    await using gateways = new Gateways();
    const http = await gateways.open();
    await users(gateways);
    await untilRouted(http, "/count");
    const socket = new WebSocket(`${http.url.replace("http", "ws")}/count`);
    const messages: string[] = [];
    socket.on("message", (data: Buffer) => messages.push(data.toString().trim()));
    await once(socket, "open");
    socket.send('{"to":2}');
    const [code] = await once(socket, "close");
    assert.deepEqual([messages, code], [['{"n":1}', '{"n":2}'], 1000]);
    const failing = new WebSocket(`${http.url.replace("http", "ws")}/count?to=-1`);
    const [failed, reason] = await once(failing, "close");
    assert.deepEqual([failed, String(reason)], [4400, "below zero"]);
  });

  it("removes a route with the service that declared it", async () => {
    await using gateways = new Gateways();
    const http = await gateways.open();
    const stop = await users(gateways);
    await untilRouted(http, "/users/{id}");
    await stop();
    for (let i = 0; i < 500; i++) {
      if ((await send(http, "GET", "/users/7")).status === 404) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.fail("the route is still there");
  });

  it("reaches only the services allowed", async () => {
    await using gateways = new Gateways();
    const http = await gateways.open({ allow: ["go.micro.api.*"] });
    const other = await gateways.open();
    await users(gateways);
    await untilRouted(other, "/users/{id}");
    assert.equal((await send(http, "GET", "/users/7")).status, 403);
    const body = '{"service":"go.micro.srv.users","method":"Users.Get","request":{"id":1}}';
    const json = "Content-Type: application/json";
    assert.equal((await send(http, "POST", "/rpc", body, json)).status, 403);
    assert.equal((await send(other, "POST", "/rpc", body, json)).body, '{"id":1}');
  });

  it("describes the reachable routes", async () => {
    await using gateways = new Gateways();
    const http = await gateways.open();
    await users(gateways);
    await untilRouted(http, "/users/{id}");
    const document = JSON.parse((await send(http, "GET", "/openapi.json")).body);
    assert.equal(document.openapi, "3.1.0");
    assert.deepEqual(Object.keys(document.paths["/users/{id}"]).sort(), ["get", "patch", "put"]);
    const put = document.paths["/users/{id}"].put;
    assert.equal(put.requestBody.content["application/json"].schema.properties.id.type, "integer");
    const page = await send(http, "GET", "/docs");
    assert.match(page.head, /default-src 'none'/);
    assert.doesNotMatch(page.body, /https?:/);
  });
});
