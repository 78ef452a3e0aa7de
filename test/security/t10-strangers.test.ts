import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { sidecar } from "../../src/sidecar/index.js";
import { web } from "../../src/web/index.js";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { Gateways } from "../support/gateway.js";
import { addEcho } from "../support/programs/api-echo.js";

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const parent = `00-${trace}-00f067aa0ba902b7-01`;
/** Where a client says that it is, and what is meant for a proxy in front. */
const dropped = [
  "X-Real-IP: 6.6.6.6",
  "Proxy: http://6.6.6.6",
  "X-Original-URL: /6.6.6.6",
  "X-Rewrite-URL: /6.6.6.6",
  "Remote-User: 6.6.6.6",
  "Front-End-Https: 6.6.6.6",
  "X-Forwarded-Port: 6.6.6.6",
  "X-Forwarded-Server: 6.6.6.6",
  "X-Forwarded-User: 6.6.6.6",
  "X-Client-IP: 6.6.6.6",
  "True-Client-IP: 6.6.6.6",
  "CF-Connecting-IP: 6.6.6.6",
  "x-cluster-client-ip: 6.6.6.6",
  "Proxy-Authorization: Basic secret",
];
const traced = [`traceparent: ${parent}`, "tracestate: rojo=1", `X-B3-TraceId: ${trace}`, `b3: ${trace}-1`];
const call = '{"service":"go.micro.api.echo","method":"Echo.Call","request":{}}';
const json = ["Content-Type: application/json", `Content-Length: ${call.length}`];

type Program = "api" | "trusting" | "web" | "web trusting" | "sidecar";

describe("T10: claims of untrusted clients", () => {
  const gateways = new Gateways();
  const programs = new Map<Program, HttpServer>();
  const app = createServer((request, response) => response.end(JSON.stringify(request.headers)));

  before(async () => {
    const echo = gateways.service("go.micro.api.echo");
    addEcho(echo, "Echo");
    await gateways.run(echo);
    await once(app.listen(0, "127.0.0.1"), "listening");
    const { port } = app.address() as AddressInfo;
    for (const name of ["go.micro.api.app", "go.micro.web.app"])
      await gateways.registry.register({
        name,
        version: "1",
        metadata: {},
        endpoints: [],
        nodes: [{ id: name, address: "127.0.0.1", port, metadata: { handler: "proxy" } }],
      });
    const address = "127.0.0.1:0";
    const trustedProxies = ["127.0.0.1"];
    programs.set("api", await gateways.open());
    programs.set("trusting", await gateways.open({ trustedProxies }));
    programs.set("web", await web(gateways.service("go.micro.web"), { address }));
    programs.set("web trusting", await web(gateways.service("go.micro.web"), { address, trustedProxies }));
    programs.set("sidecar", await sidecar(gateways.service("go.micro.sidecar"), { address }));
  });

  after(async () => {
    for (const http of programs.values()) await http.close();
    await gateways[Symbol.asyncDispose]();
    app.closeAllConnections();
    app.close();
  });

  async function seen(
    program: Program,
    method: string,
    path: string,
    more: readonly string[],
  ): Promise<string> {
    const { address = "" } = programs.get(program) ?? {};
    const headers = [`Host: ${address}`, ...more, ...(method === "POST" ? json : [])];
    const answer = await raw(
      address,
      rawRequest(method, path, headers, method === "POST" ? call : ""),
      10_000,
    );
    assert.equal(answer.status, 200, answer.body);
    return answer.body;
  }

  const ways = [
    ["POST", "/rpc"],
    ["GET", "/echo/echo/call"],
    ["GET", "/app/x"],
  ] as const;

  it("are not passed on, by any path and from any client", async () => {
    for (const program of ["api", "trusting"] as const)
      for (const [method, path] of ways)
        assert.doesNotMatch(
          await seen(program, method, path, dropped),
          /6\.6\.6\.6|secret/,
          `${program} ${path}`,
        );
    for (const path of ["/rpc", "/app/x"])
      assert.doesNotMatch(
        await seen("web", path === "/rpc" ? "POST" : "GET", path, dropped),
        /6\.6\.6\.6|secret/,
      );
    assert.doesNotMatch(await seen("sidecar", "POST", "/rpc", dropped), /6\.6\.6\.6|secret/);
  });

  it("start a new trace, whose id they cannot choose", async () => {
    const id = "4bf92f35-77b3-4da6-a3ce-929d0e0e4736";
    for (const program of ["api", "web"] as const)
      for (const [method, path] of ways) {
        if (program === "web" && path === "/echo/echo/call") continue;
        const body = await seen(program, method, path, [...traced, `X-Request-Id: ${id}`]);
        assert.doesNotMatch(body, new RegExp(`${trace}|rojo`), `${program} ${path}`);
        assert.match(body, /traceparent.{0,10}00-[0-9a-f]{32}-[0-9a-f]{16}-0\d/i);
        assert.ok(body.includes(id));
      }
  });

  it("continue the trace of a trusted proxy, and of the application of a sidecar", async () => {
    for (const [method, path] of ways) {
      const body = await seen("trusting", method, path, traced);
      assert.ok(body.includes(parent) && body.includes("rojo=1"), path);
    }
    assert.ok((await seen("web trusting", "GET", "/app/x", traced)).includes(parent));
    assert.ok((await seen("sidecar", "POST", "/rpc", traced)).includes(parent));
  });

  it("set the public address only from trusted proxies", async () => {
    const said = ["X-Forwarded-Host: shop.test", "X-Forwarded-Proto: https", "X-Forwarded-Prefix: /outer"];
    const { address = "" } = programs.get("api") ?? {};
    const own = JSON.parse(await seen("api", "GET", "/app/x", said));
    assert.deepEqual(
      [own["x-forwarded-host"], own["x-forwarded-proto"], own["x-forwarded-prefix"]],
      [address, "http", undefined],
    );
    const told = JSON.parse(await seen("trusting", "GET", "/app/x", said));
    assert.deepEqual(
      [told["x-forwarded-host"], told["x-forwarded-proto"], told["x-forwarded-prefix"]],
      ["shop.test", "https", "/outer"],
    );
    const odd = ["X-Forwarded-Host: a b", "X-Forwarded-Proto: gopher", "X-Forwarded-Prefix: //evil.test"];
    const refused = JSON.parse(await seen("trusting", "GET", "/app/x", odd));
    assert.deepEqual([refused["x-forwarded-proto"], refused["x-forwarded-prefix"]], ["http", undefined]);
  });
});
