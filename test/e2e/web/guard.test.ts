import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import type { WebServer } from "../../../src/web/index.js";
import { raw, rawRequest } from "../../support/bytes/raw-http.js";
import { Dashboards } from "../../support/dashboard.js";
import { needs } from "../../support/needs.js";
import { openBrowser, Watched } from "../../support/programs/browser.js";

const token = "0123456789abcdef0123456789abcdef";
const call = JSON.stringify({ service: "go.micro.srv.counted", method: "Count.Up", request: {} });

/** What a page of another origin may try, each in the words of the browser. */
const attacks: Readonly<Record<string, (url: string) => string>> = {
  "fetch of /rpc as plain text": (url) =>
    `fetch("${url}/rpc", {method: "POST", mode: "no-cors", headers: {"Content-Type": "text/plain"}, body: ${JSON.stringify(call)}})`,
  "fetch of /rpc as JSON": (url) =>
    `fetch("${url}/rpc", {method: "POST", headers: {"Content-Type": "application/json"}, body: ${JSON.stringify(call)}})`,
  "fetch of /query": (url) =>
    `fetch("${url}/query", {method: "POST", mode: "no-cors", headers: {"Content-Type": "text/plain"}, body: ${JSON.stringify(call)}})`,
  "fetch of /cli": (url) =>
    `fetch("${url}/cli", {method: "POST", mode: "no-cors", body: '{"line":"query go.micro.srv.counted Count.Up {}"}'})`,
  "fetch of an app": (url) => `fetch("${url}/counted/up", {method: "POST", mode: "no-cors"})`,
  "reading /registry": (url) =>
    `fetch("${url}/registry", {headers: {Accept: "application/json"}}).then((r) => r.text())`,
  "a form to /rpc": (url) => `new Promise((resolve) => {
    const form = document.createElement("form");
    const frame = document.createElement("iframe");
    frame.name = "target";
    form.target = "target";
    form.method = "POST";
    form.action = "${url}/rpc";
    for (const [name, value] of Object.entries({service: "go.micro.srv.counted", method: "Count.Up", request: "{}"}))
      Object.assign(form.appendChild(document.createElement("input")), {name, value});
    document.body.append(frame, form);
    frame.onload = resolve;
    form.submit();
  })`,
  "a WebSocket to /stream": (url) =>
    socketTo(`${url}/stream?service=go.micro.srv.counted&method=Count.Stream`),
  "a WebSocket to an app": (url) => socketTo(`${url}/counted/live`),
  "a WebSocket to the feed of events": (url) => socketTo(`${url}/events`),
  "the feed of events": (url) => `new Promise((resolve, reject) => {
    const source = new EventSource("${url}/events");
    source.onopen = resolve;
    source.onerror = () => { source.close(); reject(new Error("refused")); };
  })`,
  "an image": (url) => `new Promise((resolve, reject) => {
    Object.assign(new Image(), {onload: resolve, onerror: () => reject(new Error("refused")), src: "${url}/counted/up"});
  })`,
};

function socketTo(url: string): string {
  return `new Promise((resolve, reject) => {
    const socket = new WebSocket("${url.replace("http", "ws")}");
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error("refused"));
  })`;
}

/** Runs a script in the page and tells whether it got what it wanted. */
async function succeeds(page: Page, script: string): Promise<boolean> {
  return page.evaluate(`${script}.then(() => true, () => false)`) as Promise<boolean>;
}

describe("a dashboard on loopback", needs("chromium"), () => {
  const dashboards = new Dashboards();
  let http: WebServer;
  let app: Server;
  let evil: Server;
  let browser: Browser;
  let calls = 0;

  before(async () => {
    const counted = dashboards.service("go.micro.srv.counted");
    counted.handle("Count.Up", {}, async () => ({ calls: ++calls }));
    counted.stream("Count.Stream", {}, async function* () {
      calls++;
      yield {};
    });
    await counted.start();
    app = createServer((_, response) => response.end(String(++calls)));
    app.on("upgrade", (_, socket) => socket.end(String(++calls)));
    evil = createServer((_, response) =>
      response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>evil</title>"),
    );
    for (const server of [app, evil]) await once(server.listen(0, "127.0.0.1"), "listening");
    await dashboards.registry.register({
      name: "go.micro.web.counted",
      version: "1.0.0",
      metadata: {},
      endpoints: [],
      nodes: [{ id: "counted-1", address: "127.0.0.1", port: portOf(app), metadata: {} }],
    });
    http = await dashboards.open();
    browser = await openBrowser();
  });

  after(async () => {
    await browser.close();
    await dashboards[Symbol.asyncDispose]();
    for (const server of [app, evil]) {
      server.closeAllConnections();
      server.close();
    }
  });

  it("serves its own pages, from which the attacks would work", async () => {
    const page = await browser.newPage();
    await page.goto(`${http.url}/registry`);
    const before = calls;
    assert.ok(await succeeds(page, attacks["fetch of /rpc as JSON"]?.(http.url) ?? ""));
    assert.equal(calls, before + 1);
    assert.ok(await succeeds(page, attacks["a WebSocket to /stream"]?.(http.url) ?? ""));
    await page.close();
  });

  for (const [name, script] of Object.entries(attacks))
    it(`blocks a page of another port: ${name}`, async () => {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${portOf(evil)}/`);
      const before = calls;
      await succeeds(page, script(http.url));
      assert.equal(calls, before);
      if (/reading|WebSocket|feed|image/.test(name))
        assert.equal(await succeeds(page, script(http.url)), false);
      await page.close();
    });

  it("answers 421 to a foreign host name, also for upgrades", async () => {
    const { port } = new URL(http.url);
    const upgrade = [
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    for (const host of ["evil.test", `evil.test:${port}`, `127.0.0.1.evil.test:${port}`, "127.0.0.1:1"])
      for (const [path, headers] of [
        ["/", []],
        ["/rpc", []],
        ["/counted/up", []],
        ["/stream", upgrade],
        ["/counted/live", upgrade],
      ] as const) {
        const answer = await raw(http.address, rawRequest("GET", path, [`Host: ${host}`, ...headers]));
        assert.equal(answer.status, 421, `${host} ${path}`);
      }
  });

  it("sends security headers", async () => {
    for (const path of ["/", "/registry", "/login"]) {
      const answer = await raw(http.address, rawRequest("GET", path, [`Host: ${http.address}`]));
      assert.match(
        answer.head,
        /content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'/i,
      );
      assert.match(answer.head, /x-content-type-options: nosniff/i);
      assert.match(answer.head, /referrer-policy: no-referrer/i);
      assert.match(answer.head, /cross-origin-opener-policy: same-origin/i);
      assert.match(answer.head, /cache-control: no-store/i);
    }
  });

  it("serves its assets, and no other file", async () => {
    const paths = [
      "/-/..%2findex.html",
      "/-/../package.json",
      "/-/%2e%2e/package.json",
      "/-/",
      "/-/nosuch.js",
      "/-/..;/x",
      "//etc/passwd",
    ];
    for (const path of paths) {
      const { status, body } = await raw(http.address, rawRequest("GET", path, [`Host: ${http.address}`]));
      assert.ok(status >= 300, `${path}: ${status}`);
      assert.doesNotMatch(body, /micro-toolkit|root:/);
    }
  });
});

describe("a dashboard with a token", needs("chromium"), () => {
  const dashboards = new Dashboards();
  let http: WebServer;
  let app: Server;
  let browser: Browser;
  const seen: string[] = [];

  before(async () => {
    app = createServer(({ headers }, response) => {
      seen.push(JSON.stringify(headers));
      response.end("the app");
    });
    await once(app.listen(0, "127.0.0.1"), "listening");
    await dashboards.registry.register({
      name: "go.micro.web.app",
      version: "1.0.0",
      metadata: {},
      endpoints: [],
      nodes: [{ id: "app-1", address: "127.0.0.1", port: portOf(app), metadata: {} }],
    });
    http = await dashboards.open({ token: { value: token }, admin: true });
    browser = await openBrowser();
  });

  after(async () => {
    await browser.close();
    await dashboards[Symbol.asyncDispose]();
    app.closeAllConnections();
    app.close();
  });

  it("reveals nothing without a token, whatever the path", async () => {
    for (const method of ["GET", "POST", "PUT", "DELETE"])
      for (const path of [
        "/registry",
        "/events",
        "/rpc",
        "/query",
        "/cli",
        "/stats",
        "/topics",
        "/metrics",
        "/app/x",
        "/stream",
        "/nosuch",
      ]) {
        const headers = [
          `Host: ${http.address}`,
          "Accept: application/json",
          "Content-Type: application/json",
          "Content-Length: 2",
        ];
        const { status } = await raw(http.address, rawRequest(method, path, headers, "{}"));
        assert.equal(status, 401, `${method} ${path}`);
      }
  });

  it("is opened once by the printed link, and allows changes from then on", async () => {
    const link = http.loginUrl();
    const context = await browser.newContext({ baseURL: http.url });
    const watched = await Watched.open(context);
    const { page } = watched;
    await page.goto("/registry");
    await page.getByText("A token guards this dashboard").waitFor();
    await page.goto(link);
    await page.getByRole("heading", { name: /healthy|unchecked/ }).waitFor();
    const [cookie] = await context.cookies();
    assert.ok(cookie?.httpOnly);
    assert.equal(cookie?.sameSite, "Strict");
    await page.goto("/topics?topic=told");
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByText("Published at").waitFor();
    await page.goto("/registry?service=go.micro.web.app");
    page.once("dialog", (dialog) => void dialog.accept());
    await page.getByRole("button", { name: "Deregister" }).click();
    await page.getByText("Not registered").waitFor();
    const other = await browser.newContext({ baseURL: http.url });
    const stranger = await other.newPage();
    await stranger.goto(link);
    await stranger.getByText("This link does not open the dashboard").waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByText("A token guards this dashboard").waitFor();
    await page.goto("/registry");
    await page.getByText("A token guards this dashboard").waitFor();
  });

  it("serves apps from a separate origin, and keeps its secrets from them", async () => {
    await dashboards.registry.register({
      name: "go.micro.web.other",
      version: "1.0.0",
      metadata: {},
      endpoints: [],
      nodes: [{ id: "other-1", address: "127.0.0.1", port: portOf(app), metadata: {} }],
    });
    const context = await browser.newContext({ baseURL: http.url });
    const page = await context.newPage();
    await page.goto(http.loginUrl());
    await page.getByRole("link", { name: "other" }).first().waitFor();
    await page.goto("/other/page");
    await page.getByText("the app").waitFor();
    assert.notEqual(new URL(page.url()).origin, http.url);
    assert.ok(seen.length > 0);
    for (const headers of seen) assert.doesNotMatch(headers, /micro_session|authorization/);
  });
});

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
