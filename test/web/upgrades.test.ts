import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { WebSocket } from "ws";
import { pagePaths } from "../../src/web/pages/pages.js";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { Dashboards } from "../support/dashboard.js";
import { handshake, openListeners } from "../support/listeners.js";

const token = "a-token-of-more-than-128-bits";
const feeds = new Set(["/events", "/topics"]);
const html = "Accept: text/html";

describe("upgrades at the dashboard", () => {
  it("refuses every path without the token, though the bare page needs none", async () => {
    await using dashboards = new Dashboards();
    const { address } = await dashboards.open({ token: { value: token } });
    const paths = [...pagePaths, "/stream", "/favicon.ico", "/health/live", "/-/app.js", "/some/app"];
    for (const path of paths)
      for (const accept of [[], [html]]) {
        const ask = rawRequest("GET", path, [`Host: ${address}`, ...accept, ...handshake]);
        assert.equal((await raw(address, ask)).status, 401, `${path} ${accept}`);
      }
    assert.equal((await raw(address, rawRequest("GET", "/events", [`Host: ${address}`, html]))).status, 200);
  });

  it("upgrades what is a feed, and answers no 101 elsewhere", async () => {
    await using dashboards = new Dashboards();
    const { address } = await dashboards.open();
    for (const path of pagePaths) {
      const { status } = await raw(
        address,
        rawRequest("GET", path, [`Host: ${address}`, html, ...handshake]),
      );
      assert.equal(status, feeds.has(path) ? 101 : 400, path);
    }
  });

  it("sends the feed of events over a WebSocket as over HTTP", async () => {
    await using dashboards = new Dashboards();
    const { address } = await dashboards.open();
    const socket = new WebSocket(`ws://${address}/events`);
    const [frame] = await once(socket, "message", { signal: AbortSignal.timeout(10_000) });
    const { event, data } = JSON.parse(String(frame));
    assert.equal(event, "overview");
    assert.ok(Array.isArray(data.services));
    socket.close();
  });

  it("closes the feed of what is no topic with 4400", async () => {
    await using dashboards = new Dashboards();
    const { address } = await dashboards.open();
    const socket = new WebSocket(`ws://${address}/topics?topic=${encodeURIComponent("no topic!")}`);
    const [code, reason] = await once(socket, "close", { signal: AbortSignal.timeout(10_000) });
    assert.equal(code, 4400);
    assert.match(String(reason), /not a valid topic/);
  });

  it("truncates a long reason at the end of a character", async () => {
    await using dashboards = new Dashboards();
    const { address } = await dashboards.open();
    const socket = new WebSocket(`ws://${address}/topics?topic=${encodeURIComponent("日本".repeat(60))}`);
    const [code, reason] = await once(socket, "close", { signal: AbortSignal.timeout(10_000) });
    assert.equal(code, 4400);
    assert.match(String(reason), /^topic "(?:日本)+日?$/);
  });
});

/** Paths that a program does not have; at the dashboard any is that of an app. */
const others: Readonly<Record<string, number>> = {
  "shared /registry": 404,
  "shared /openapi.json": 404,
  "api /registry": 404,
  "web /openapi.json": 500,
};

describe("upgrades to routes that are no WebSockets", () => {
  it("are answered 400, and no 101", async () => {
    await using listeners = await openListeners();
    for (const [name, { address }] of listeners.all)
      for (const path of ["/health/ready", "/registry", "/metrics", "/openapi.json"]) {
        const { status } = await raw(address, rawRequest("GET", path, [`Host: ${address}`, ...handshake]));
        assert.equal(status, others[`${name} ${path}`] ?? 400, `${name} ${path}`);
      }
  });
});
