import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { type MicroService, service } from "../../src/service/index.js";
import { openSidecar, ownService } from "../sidecar/open-sidecar.js";
import { needs } from "../support/needs.js";
import { openBrowser } from "../support/programs/browser.js";

/** An origin of its own, with an empty page. */
async function openOrigin(): Promise<Server & { url: string }> {
  const server = createServer((_, response) => {
    response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>page</title>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(server, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

describe("a page in a browser and the sidecar", needs("chromium"), () => {
  const registry = new MemoryRegistry();
  const echo: MicroService = service({
    name: "echo",
    registry,
    broker: "memory",
    drainDelay: 0,
    argv: [],
    env: {},
  });
  let calls = 0;
  let browser: Browser;
  let listed: Server & { url: string };
  let foreign: Server & { url: string };
  let server: HttpServer;
  before(async () => {
    echo.handle("Echo.Call", {}, async (request) => {
      calls++;
      return request;
    });
    echo.stream("Echo.Stream", {}, async function* (requests) {
      for await (const request of requests) {
        calls++;
        yield request;
      }
    });
    await echo.start();
    [browser, listed, foreign] = await Promise.all([openBrowser(), openOrigin(), openOrigin()]);
    server = await openSidecar({ cors: [listed.url] }, ownService({ registry }));
  });
  after(async () => {
    await browser.close();
    await server.close();
    await echo.close();
    for (const origin of [listed, foreign]) {
      origin.closeAllConnections();
      origin.close();
    }
  });

  async function open(url: string): Promise<Page> {
    const page = await browser.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(url);
    return page;
  }

  it("speaks to it over WebSockets, framed and as the original, when its origin is listed", async () => {
    const page = await open(listed.url);
    const heard = await page.evaluate(`new Promise((resolve, reject) => {
      const url = ${JSON.stringify(server.url.replace("http", "ws"))};
      const framed = new WebSocket(url + "/broker", "micro.broker.v1");
      framed.onerror = reject;
      framed.onopen = () => framed.send(JSON.stringify({ op: "subscribe", topic: "t" }));
      framed.onmessage = ({ data }) => {
        const frame = JSON.parse(data);
        if (frame.op === "subscribed") {
          const plain = new WebSocket(url + "/broker?topic=t");
          plain.onopen = () => plain.send("hello");
        }
        if (frame.op === "message") resolve(frame.body);
      };
    })`);
    assert.equal(heard, "hello");
    const streamed = await page.evaluate(`new Promise((resolve, reject) => {
      const url = ${JSON.stringify(server.url.replace("http", "ws"))};
      const stream = new WebSocket(url + "/stream?service=echo&method=Echo.Stream");
      stream.onerror = reject;
      stream.onopen = () => stream.send('{"a":1}');
      stream.onmessage = ({ data }) => resolve(data);
    })`);
    assert.equal(streamed, '{"a":1}');
    const called = await page.evaluate(`fetch(${JSON.stringify(`${server.url}/echo/Echo.Call`)}, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: '{"b":2}',
    }).then((answer) => answer.text())`);
    assert.equal(called, '{"b":2}');
    await page.close();
  });

  it("makes nothing run from any other origin, whatever it tries", async () => {
    const page = await open(foreign.url);
    const before = calls;
    const tried = await page.evaluate(`(async () => {
      const url = ${JSON.stringify(server.url)};
      const outcome = {};
      const attempt = async (name, work) => { outcome[name] = await work().then(() => "done", () => "refused"); };
      const settled = (target) => new Promise((resolve, reject) => {
        target.onopen = resolve; target.onload = resolve; target.onerror = reject;
      });
      const body = '{"service":"echo","method":"Echo.Call","request":{}}';
      await attempt("fetch", () => fetch(url + "/rpc", { method: "POST", headers: { "Content-Type": "application/json" }, body }));
      await fetch(url + "/rpc", { method: "POST", mode: "no-cors", body: "service=echo&method=Echo.Call&request={}" });
      await fetch(url + "/echo/Echo.Call", { method: "POST", mode: "no-cors", body: "{}" });
      await fetch(url + "/registry", { method: "POST", mode: "no-cors", body: '{"name":"evil","nodes":[{"id":"1"}]}' });
      await fetch(url + "/broker?topic=t", { method: "POST", mode: "no-cors", body: "evil" });
      await attempt("WebSocket", () => settled(new WebSocket(url.replace("http", "ws") + "/broker?topic=t")));
      const stream = url + "/stream?service=echo&method=Echo.Stream&request=%7B%7D";
      await attempt("EventSource", () => settled(new EventSource(stream)));
      const image = new Image();
      image.src = stream;
      await attempt("image", () => settled(image));
      const form = document.createElement("form");
      form.method = "post"; form.action = url + "/rpc"; form.target = "frame";
      for (const [name, value] of [["service", "echo"], ["method", "Echo.Call"], ["request", "{}"]]) {
        const input = document.createElement("input");
        input.name = name; input.value = value; form.append(input);
      }
      const frame = document.createElement("iframe");
      frame.name = "frame";
      document.body.append(frame, form);
      form.submit();
      await new Promise((resolve) => { frame.onload = resolve; });
      return outcome;
    })()`);
    assert.deepEqual(tried, {
      fetch: "refused",
      WebSocket: "refused",
      EventSource: "refused",
      image: "refused",
    });
    assert.equal(calls, before);
    await assert.rejects(registry.getService("evil"), { code: 404 });
    await page.close();
  });
});
