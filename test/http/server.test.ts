import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { MicroError } from "../../src/core/errors.js";
import { jsonBody } from "../../src/http/body/body.js";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { type HttpOptions, httpServer } from "../../src/http/server.js";
import { raw, rawRequest } from "../support/bytes/raw-http.js";

const token = "a-token-of-more-than-128-bits";

async function open(options: Partial<HttpOptions> = {}): Promise<HttpServer> {
  const http = await httpServer({ name: "go.micro.test", address: "127.0.0.1:0", ...options });
  http.app.post("/echo", async (request) => ({ got: jsonBody(request, "go.micro.test") }));
  http.app.get("/fail", async () => {
    throw new Error("secret of the inside");
  });
  http.app.get("/teapot", async () => {
    throw new MicroError("go.micro.test", 418, "short and stout");
  });
  await http.listen();
  return http;
}

function hostOf(http: HttpServer): string {
  return `Host: ${http.address}`;
}

describe("the shared server", () => {
  it("answers health, readiness and metrics", async () => {
    await using http = await open();
    for (const path of ["/health/live", "/health/ready"]) {
      const { status, body } = await raw(http.address, rawRequest("GET", path, [hostOf(http)]));
      assert.deepEqual([status, body], [200, '{"status":"ok"}']);
    }
    const { status, body } = await raw(
      http.address,
      rawRequest("GET", "/metrics", [hostOf(http), "Connection: close"]),
    );
    assert.equal(status, 200);
    assert.match(body, /micro_http_requests_total\{target="\/health\/live",method="GET",code="200"\} 1/);
  });

  it("answers every error in the same format", async () => {
    await using http = await open();
    const absent = await raw(http.address, rawRequest("GET", "/absent", [hostOf(http)]));
    assert.equal(absent.status, 404);
    assert.deepEqual(JSON.parse(absent.body), {
      id: "go.micro.test",
      code: 404,
      detail: "GET /absent: no such route",
      status: "Not Found",
    });
    const teapot = await raw(http.address, rawRequest("GET", "/teapot", [hostOf(http)]));
    assert.equal(JSON.parse(teapot.body).detail, "short and stout");
    assert.match(teapot.head, /^HTTP\/1\.1 418/);
  });

  it("reveals nothing about internal errors", async () => {
    await using http = await open();
    const { status, head, body } = await raw(
      http.address,
      rawRequest("GET", "/fail", [hostOf(http), "X-Request-Id: r-1"]),
    );
    assert.equal(status, 500);
    assert.equal(JSON.parse(body).detail, "internal error, request r-1");
    assert.doesNotMatch(head + body, /secret/);
  });

  it("refuses to listen beyond this machine without a token", async () => {
    for (const address of ["0.0.0.0:0", ":0", "[::]:0"])
      await assert.rejects(httpServer({ name: "go.micro.test", address }), { reason: "USAGE" });
    await using http = await httpServer({ name: "go.micro.test", address: "0.0.0.0:0", insecure: true });
    await http.listen();
    assert.match(http.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it("requires the token everywhere except for /health/live", async () => {
    await using http = await open({ token: { value: token } });
    const get = (path: string, ...headers: string[]) =>
      raw(http.address, rawRequest("GET", path, [hostOf(http), ...headers]));
    assert.equal((await get("/health/live")).status, 200);
    assert.equal((await get("/health/ready")).status, 401);
    assert.equal((await get("/health/ready", `Authorization: Bearer ${token}`)).status, 200);
    const tries = await Promise.all(
      Array.from({ length: 30 }, () => get("/teapot", "Authorization: Bearer wrong")),
    );
    const answers = new Set(tries.map(({ status }) => status));
    assert.deepEqual([...answers].sort(), [401, 429]);
    assert.equal((await get("/teapot", `Authorization: Bearer ${token}`)).status, 418);
  });

  it("reads bodies of any content type, numbers digit for digit", async () => {
    await using http = await open();
    const body = '{"n":9007199254740993}';
    const headers = [hostOf(http), "Content-Type: text/plain", `Content-Length: ${body.length}`];
    await using lax = await httpServer({ name: "go.micro.test", address: "127.0.0.1:0" });
    let got: unknown;
    lax.app.post("/", async (request) => {
      got = jsonBody(request, "go.micro.test");
      return "";
    });
    await lax.listen();
    await raw(lax.address, rawRequest("POST", "/", [`Host: ${lax.address}`, ...headers.slice(1)], body));
    assert.deepEqual(got, { n: 9007199254740993n });
  });

  it("binds a socket file that only its owner may use", async () => {
    const file = join(tmpdir(), `micro-http-${process.pid}.sock`);
    await using http = await open({ address: `unix:${file}` });
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal(http.address, `unix:${file}`);
    const status = await new Promise((resolve, reject) => {
      const get = request({ socketPath: file, path: "/health/live" }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      get.on("error", reject).end();
    });
    assert.equal(status, 200);
  });

  it("answers a request that offers HTTP/2 as if it did not, body and all", async () => {
    await using http = await open();
    const body = '{"n":1}';
    const offer = [
      "Connection: Upgrade, HTTP2-Settings",
      "Upgrade: h2c",
      "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA",
    ];
    const headers = [hostOf(http), ...offer, `Content-Length: ${body.length}`];
    const { status, body: answer } = await raw(http.address, rawRequest("POST", "/echo", headers, body));
    assert.deepEqual([status, answer], [200, '{"got":{"n":1}}']);
    const split = rawRequest("GET", "/health/live", [hostOf(http), ...offer]);
    assert.equal((await raw(http.address, split)).status, 200);
  });

  it("names the address when it is taken", async () => {
    await using http = await open();
    await assert.rejects(open({ address: http.address }), { reason: "ADDRESS_IN_USE" });
  });

  it("finishes requests in flight before it closes", async () => {
    const http = await httpServer({ name: "go.micro.test", address: "127.0.0.1:0" });
    let release = () => {};
    const entered = new Promise<void>((started) => {
      http.app.get("/slow", async () => {
        started();
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        return { done: true };
      });
    });
    await http.listen();
    const answer = raw(http.address, rawRequest("GET", "/slow", [hostOf(http)]), 20_000);
    await entered;
    const closed = http.close();
    release();
    assert.equal((await answer).status, 200);
    await closed;
  });
});
