import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, BrowserContext } from "playwright-core";
import { z } from "zod";
import type { WebServer } from "../../../src/web/index.js";
import { Dashboards } from "../../support/dashboard.js";
import { needs } from "../../support/needs.js";
import { openBrowser, Watched } from "../../support/programs/browser.js";

const pages = [
  ["/", "service is healthy"],
  ["/registry", "Filter services"],
  ["/registry?service=go.micro.srv.greeter", "Say.Hello"],
  ["/query?service=go.micro.srv.greeter&method=Say.Hello", "Send"],
  ["/topics?topic=greeted", "Not subscribed"],
  ["/events", "Nothing changed yet"],
  ["/map", "Who calls whom"],
  ["/stats?service=go.micro.srv.greeter", "Collecting garbage"],
  ["/cli", "The real command line"],
  ["/login", "A token guards this dashboard"],
] as const;

async function addGreeter(dashboards: Dashboards): Promise<void> {
  const made = dashboards.service("go.micro.srv.greeter");
  const request = z.object({ name: z.string(), times: z.int() });
  made.handle("Say.Hello", { request, response: z.object({ msg: z.string() }) }, async ({ name }) => ({
    msg: `Hello ${name}`,
  }));
  made.subscribe("greeted", async () => {}, { type: z.object({ name: z.string() }) });
  await made.start();
}

describe("the pages of the dashboard", needs("chromium"), () => {
  const dashboards = new Dashboards();
  let browser: Browser;
  let http: WebServer;

  before(async () => {
    await addGreeter(dashboards);
    http = await dashboards.open();
    browser = await openBrowser();
  });

  after(async () => {
    await browser.close();
    await dashboards[Symbol.asyncDispose]();
  });

  async function open(
    options: Parameters<Browser["newContext"]>[0] = {},
  ): Promise<[Watched, BrowserContext]> {
    const context = await browser.newContext({ baseURL: http.url, ...options });
    return [await Watched.open(context), context];
  }

  async function visit({ page }: Watched, path: string, text: string): Promise<void> {
    await page.goto(path);
    await page.getByText(text).or(page.getByPlaceholder(text)).first().waitFor();
  }

  for (const colorScheme of ["light", "dark"] as const)
    it(`are accessible, and run clean under their content policy, in ${colorScheme}`, async () => {
      const [watched, context] = await open({ colorScheme });
      // The second scheme changes colours alone: the pages with the most of them will do.
      const looked = colorScheme === "light" ? pages : pages.slice(0, 4);
      for (const [path, text] of looked) {
        await visit(watched, path, text);
        await watched.assertAccessible(path);
      }
      watched.assertClean();
      await context.close();
    });

  it("fit a phone without scrolling sideways", async () => {
    const [watched, context] = await open({ viewport: { width: 390, height: 844 } });
    for (const [path, text] of pages) {
      await visit(watched, path, text);
      const overflow = await watched.page.evaluate("document.documentElement.scrollWidth - innerWidth");
      assert.ok(Number(overflow) <= 0, `${path}: ${overflow} pixels too wide`);
    }
    await context.close();
  });

  it("can be reached and filtered by keyboard alone", async () => {
    const [watched, context] = await open();
    const { page } = watched;
    await visit(watched, "/", "service is healthy");
    await page.keyboard.press("g");
    await page.keyboard.press("s");
    await page.getByRole("table", { name: "Services" }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("greet");
    await page.waitForURL("**/registry?q=greet");
    assert.equal(await page.getByRole("row").count(), 2);
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await context.close();
  });

  it("do not show unchecked nodes as healthy", async () => {
    const [watched, context] = await open();
    const node = { id: "by-hand", address: "127.0.0.1", port: 9, metadata: {} };
    const one = { name: "go.micro.srv.by-hand", version: "1", metadata: {}, endpoints: [], nodes: [node] };
    await dashboards.registry.register(one);
    try {
      await visit(watched, "/", "services is unchecked");
      await watched.page.getByText("1 unchecked", { exact: true }).waitFor();
      await watched.assertAccessible("/ with an unchecked node");
      await watched.page.goto("/registry");
      await watched.page.getByRole("row", { name: one.name }).getByText("Unchecked").waitFor();
    } finally {
      await dashboards.registry.deregister(one);
    }
    await context.close();
  });

  it("keep selections in the URL", async () => {
    const [watched, context] = await open();
    await visit(watched, "/registry?q=nothing-like-it", "No service matches");
    assert.equal(await watched.page.getByPlaceholder("Filter services").inputValue(), "nothing-like-it");
    await context.close();
  });

  it("remember the chosen theme", async () => {
    const [{ page }, context] = await open({ colorScheme: "light" });
    await page.goto("/");
    const background = () => page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
    await page.getByRole("button", { name: "Theme: auto" }).click();
    const light = await background();
    await page.getByRole("button", { name: "Theme: light" }).click();
    await page.getByRole("button", { name: "Theme: dark" }).waitFor();
    assert.notEqual(await background(), light);
    await page.reload();
    await page.getByRole("button", { name: "Theme: dark" }).waitFor();
    assert.notEqual(await background(), light);
    await context.close();
  });
});
