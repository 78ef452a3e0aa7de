import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { agent } from "../../../src/agent/index.js";
import type { HttpServer } from "../../../src/http/listener/listener.js";
import { type MicroService, service } from "../../../src/service/index.js";
import { type WebServer, web } from "../../../src/web/index.js";
import { needs } from "../../support/needs.js";
import { openBrowser, Watched } from "../../support/programs/browser.js";
import { type Running, start } from "../../support/programs/process.js";

describe("web apps behind the dashboard", needs("chromium"), () => {
  let registry: HttpServer;
  let self: MicroService;
  let http: WebServer;
  let browser: Browser;
  const running: Running[] = [];

  before(async () => {
    registry = await agent({ address: "127.0.0.1:0" });
    const env = { MICRO_REGISTRY_ADDRESS: registry.address, MICRO_DRAIN_DELAY: "0" };
    for (const example of ["examples/chat/web.ts", "examples/greeter/srv.ts", "examples/greeter/web.ts"])
      running.push(start(process.execPath, ["--import", "tsx", example], { env }));
    self = service({
      name: "go.micro.web",
      registryAddress: [registry.address],
      drainDelay: 0,
      argv: [],
      env: {},
    });
    http = await web(self, { address: "127.0.0.1:0" });
    browser = await openBrowser();
  });

  after(async () => {
    await browser.close();
    for (const example of running) await example.kill();
    await http.close();
    await self.close();
    await registry.close();
  });

  it("are tiles on the first page, and open from there", async () => {
    const context = await browser.newContext({ baseURL: http.url });
    const { page } = await Watched.open(context);
    await page.goto("/");
    const opened = context.waitForEvent("page");
    await page.getByRole("link", { name: "greeter", exact: true }).click();
    const app = await opened;
    assert.equal(new URL(app.url()).pathname, "/greeter");
    await page.goto("/registry");
    await page.getByRole("row", { name: "go.micro.srv.greeter" }).waitFor();
    await app.getByLabel("Name").fill("<b>John</b>");
    await app.getByRole("button", { name: "Greet" }).click();
    await app.getByRole("heading", { name: "Hello <b>John</b>" }).waitFor();
    await context.close();
  });

  it("carry WebSockets: two browsers talk", async () => {
    const people = await Promise.all(
      ["Ann", "Bob"].map(async (name) => {
        const context = await browser.newContext({ baseURL: http.url });
        const watched = await Watched.open(context);
        const { page } = watched;
        await page.goto("/registry?service=go.micro.web.chat");
        await page.getByText("go.micro.web.chat-").first().waitFor();
        await page.goto("/chat");
        await page.locator("body[data-live]").waitFor();
        await page.getByLabel("Your name").fill(name);
        return watched;
      }),
    );
    const [ann, bob] = people;
    assert.ok(ann && bob);
    for (const [from, to, text] of [
      [ann, bob, "Hello from here"],
      [bob, ann, "<i>and back</i>"],
    ] as const) {
      await from.page.getByLabel("Message").fill(text);
      await from.page.getByRole("button", { name: "Send" }).click();
      await to.page.getByText(text).waitFor();
    }
    for (const watched of people) watched.assertClean();
  });
});
