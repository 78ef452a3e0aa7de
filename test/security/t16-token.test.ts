import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { Gateways } from "../support/gateway.js";
import { counted, handshake, openListeners } from "../support/listeners.js";
import { addEcho } from "../support/programs/api-echo.js";

const corpus: readonly { path: string }[] = JSON.parse(
  readFileSync(new URL("corpus/paths.json", import.meta.url), "utf8"),
);
const token = "a-token-of-more-than-128-bits";
const routes = [
  "/rpc",
  "/registry",
  "/broker?topic=x",
  "/counted",
  "/metrics",
  "/health/ready",
  "/openapi.json",
  "/a/b/c",
];
const methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"];
const latin1 = (text: string) => Buffer.from(text, "latin1");

describe("T16: ways around the token", () => {
  it("let no route, method or upgrade through without it", async () => {
    await using listeners = await openListeners({ token: { value: token } });
    for (const [name, { address }] of listeners.all)
      for (const path of routes)
        for (const method of methods)
          for (const upgrade of method === "GET" ? [[], handshake] : [[]]) {
            const headers = [`Host: ${address}`, "Accept: application/json", "Content-Length: 0", ...upgrade];
            const ask = rawRequest(method, path, headers);
            assert.equal((await raw(address, ask)).status, 401, `${name} ${method} ${path}`);
          }
  });

  it("let no unusual path through", async () => {
    const reached = { count: 0 };
    await using http = await counted(reached, { token: { value: token } });
    const odd = [
      "/counted/",
      "/Counted",
      "/health/live/../../counted",
      "//counted",
      "/health/live/x",
      "/health/LIVE",
    ];
    for (const path of [...odd, ...corpus.map((line) => line.path)]) {
      const { status } = await raw(http.address, latin1(rawRequest("GET", path, [`Host: ${http.address}`])));
      assert.ok(status === 401 || status === 400, `${path}: ${status}`);
    }
    assert.equal(reached.count, 0);
  });

  it("accept a new token when its file changes, and the old one for a while", async () => {
    const folder = await mkdtemp(join(tmpdir(), "micro-token-"));
    const file = join(folder, "token");
    await writeFile(file, `${token}\n`, { mode: 0o600 });
    await using http = await counted({ count: 0 }, { token: { file } });
    const status = async (value: string) => {
      const headers = [`Host: ${http.address}`, `Authorization: Bearer ${value}`];
      return (await raw(http.address, rawRequest("GET", "/counted", headers))).status;
    };
    assert.equal(await status(token), 200);
    await writeFile(file, "another-token-of-more-than-128-bits");
    for (let i = 0; i < 100 && (await status("another-token-of-more-than-128-bits")) !== 200; i++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(await status(token), 200);
    await rm(folder, { recursive: true });
  });

  it("answer 429 after ten wrong ones, and still accept the right one", async () => {
    await using http = await counted({ count: 0 }, { token: { value: token } });
    const ask = async (value: string) =>
      (
        await raw(
          http.address,
          rawRequest("GET", "/counted", [`Host: ${http.address}`, `Authorization: Bearer ${value}`]),
        )
      ).status;
    const tries = await Promise.all(Array.from({ length: 40 }, (_, i) => ask(`wrong-${i}`)));
    assert.ok(tries.filter((status) => status === 401).length >= 10, `${tries}`);
    assert.ok(tries.includes(429), `${tries}`);
    assert.equal(await ask(token), 200);
  });

  it("do not pass the token to services", async () => {
    await using gateways = new Gateways();
    const echo = gateways.service("go.micro.api.echo");
    addEcho(echo, "Echo");
    await gateways.run(echo);
    const http = await gateways.open({ token: { value: token } });
    const headers = [`Host: ${http.address}`, `Authorization: Bearer ${token}`, "X-Mine: 1"];
    const { status, body } = await raw(http.address, rawRequest("GET", "/echo/echo/call", headers));
    assert.equal(status, 200, body);
    assert.match(body, /X-Mine/);
    assert.doesNotMatch(body, new RegExp(token));
  });
});
