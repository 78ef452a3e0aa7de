import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import type { MicroService } from "../../../src/service/index.js";
import type { WebServer } from "../../../src/web/index.js";
import { Dashboards } from "../../support/dashboard.js";
import { needs } from "../../support/needs.js";
import { openBrowser } from "../../support/programs/browser.js";

/** Far beyond the six connections that a browser has for one server. */
const tabs = 20;

describe("a dashboard that is open in twenty tabs of one browser", needs("chromium"), () => {
  const dashboards = new Dashboards();
  let http: WebServer;
  let browser: Browser;
  let greeter: MicroService;
  const pages: Page[] = [];

  before(async () => {
    greeter = dashboards.service("go.micro.srv.greeter");
    greeter.subscribe("greeted", async () => {});
    await greeter.start();
    http = await dashboards.open();
    browser = await openBrowser();
    const context = await browser.newContext({ baseURL: http.url });
    for (let i = 0; i < tabs; i++) pages.push(await context.newPage());
  });

  after(async () => {
    await browser.close();
    await dashboards[Symbol.asyncDispose]();
  });

  it("is live in all of them", { timeout: 120_000 }, async () => {
    for (const page of pages) {
      page.setDefaultTimeout(30_000);
      await page.goto("/registry");
      await page.getByRole("row", { name: "go.micro.srv.greeter" }).waitFor();
    }
    await dashboards.service("go.micro.srv.late").start();
    for (const page of pages) await page.getByRole("row", { name: "go.micro.srv.late" }).waitFor();
  });

  it("follows a topic in eight of them, and still answers a request of the last one", {
    timeout: 120_000,
  }, async () => {
    const some = pages.slice(0, 8);
    for (const page of some) {
      await page.goto("/topics?topic=greeted");
      await page.getByRole("button", { name: "Subscribe" }).click();
      await page.getByText("Subscribed", { exact: true }).waitFor();
    }
    await greeter.client.publish("greeted", { name: "to all" });
    for (const page of some) await page.getByText('"to all"').waitFor();
    const status = await pages.at(-1)?.evaluate('fetch("/stats").then(({ status }) => status)');
    assert.equal(status, 200);
  });
});
