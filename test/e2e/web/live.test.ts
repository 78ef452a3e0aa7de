import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { z } from "zod";
import { agent } from "../../../src/agent/index.js";
import { MicroError } from "../../../src/core/errors.js";
import type { HttpServer } from "../../../src/http/listener/listener.js";
import { type MicroService, service } from "../../../src/service/index.js";
import { type WebServer, web } from "../../../src/web/index.js";
import { freePort } from "../../support/free-port.js";
import { needs } from "../../support/needs.js";
import { openBrowser, Watched } from "../../support/programs/browser.js";
import { start } from "../../support/programs/process.js";

/** A real registry, so that a killed process shows: its check turns critical two seconds later. */
describe("the dashboard on a live system", needs("chromium"), () => {
  let registry: HttpServer;
  let self: MicroService;
  let greeter: MicroService;
  let http: WebServer;
  let browser: Browser;
  let watched: Watched;

  function member(name: string): MicroService {
    return service({ name, registryAddress: [registry.address], drainDelay: 0, argv: [], env: {} });
  }

  async function openWeb(address: string): Promise<WebServer> {
    const environment = { MICRO_REGISTRY_ADDRESS: registry.address };
    return web(self, { address, terminal: { environment } });
  }

  before(async () => {
    registry = await agent({ address: "127.0.0.1:0" });
    self = member("go.micro.web");
    greeter = member("go.micro.srv.greeter");
    addMethods(greeter);
    await greeter.start();
    http = await openWeb(`127.0.0.1:${await freePort()}`);
    browser = await openBrowser();
    const context = await browser.newContext({ baseURL: http.url });
    watched = await Watched.open(context);
  });

  after(async () => {
    await browser.close();
    await http.close();
    await greeter.close();
    await self.close();
    await registry.close();
  });

  it("shows a service that appears, and a node whose process was killed", async () => {
    const { page } = watched;
    await page.goto("/registry");
    await page.getByRole("row", { name: "go.micro.srv.greeter" }).waitFor();
    const environment = {
      MICRO_REGISTRY_ADDRESS: registry.address,
      MICRO_REGISTER_TTL: "2s",
      MICRO_REGISTER_INTERVAL: "1s",
    };
    const script =
      'import("./src/service/index.ts").then(({service}) => service({name: "go.micro.srv.brief"}).run())';
    await using running = start(process.execPath, ["--import", "tsx", "-e", script], { env: environment });
    const row = page.getByRole("row", { name: "go.micro.srv.brief" });
    await row.getByText("Healthy").waitFor();
    await running.kill();
    await row.getByText("Down").waitFor();
    await page.goto("/events");
    await page.getByText("has a failing node").first().waitFor();
    watched.assertClean();
  });

  it("queries a method through the form, in sync with the JSON", async () => {
    const { page } = watched;
    await page.goto("/registry?service=go.micro.srv.greeter");
    await page
      .getByRole("listitem")
      .filter({ hasText: "Say.Hello" })
      .getByRole("link", { name: "Query" })
      .click();
    await page.getByLabel(/^name/).fill("John");
    assert.match(await page.getByLabel("JSON").inputValue(), /"name": "John"/);
    await page.getByLabel("JSON").fill('{"name": "Jane", "times": 9007199254740993}');
    assert.equal(await page.getByLabel(/^name/).inputValue(), "Jane");
    assert.equal(await page.getByLabel(/^times/).inputValue(), "9007199254740993");
    await page.getByRole("button", { name: "Add metadata" }).click();
    await page.getByLabel("Name of metadata 1").fill("X-Test");
    await page.getByLabel("Value of metadata 1").fill("seen");
    await page.keyboard.press("Control+Enter");
    const answer = page.getByRole("region", { name: "Answer" });
    await answer.getByText('"Hello Jane, 9007199254740993, seen"').waitFor();
    await answer.getByTitle("Node that answered").getByText("go.micro.srv.greeter-").waitFor();
    await answer.getByText(/\d ms/).waitFor();
  });

  it("shows the error of the service, and repeats a query from the history", async () => {
    const { page } = watched;
    await page.goto("/query?service=go.micro.srv.greeter&method=Say.Fail");
    await page.getByLabel("JSON").fill("{}");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("Error 418").waitFor();
    await page.getByText("no coffee here").waitFor();
    await page.getByRole("button", { name: "Run again" }).first().click();
    await page.getByRole("button", { name: "Run again" }).nth(1).waitFor();
  });

  it("keeps a stream open both ways until it is ended", async () => {
    const { page } = watched;
    await page.goto("/query?service=go.micro.srv.greeter&method=Say.Echo");
    await page.getByRole("button", { name: "Open stream" }).click();
    const stream = page.getByRole("region", { name: "Stream" });
    await stream.getByText("Stream open").waitFor();
    for (const text of ["one", "two"]) {
      await page.getByLabel("JSON").fill(JSON.stringify({ text }));
      await page.getByRole("button", { name: "Send" }).click();
      await stream.getByText(`"${text} back"`).waitFor();
    }
    await page.getByRole("button", { name: "End input" }).click();
    await stream.getByText("The service ended the stream").waitFor();
    await stream.getByText("Closed").waitFor();
  });

  it("follows a topic, pauses, and is read-only", async () => {
    const { page } = watched;
    await page.goto("/topics?topic=greeted");
    await page.getByRole("button", { name: "Subscribe" }).click();
    const messages = page.getByRole("region", { name: "Messages of greeted" });
    await messages.getByText("Subscribed", { exact: true }).waitFor();
    await greeter.client.publish("greeted", { name: "first" });
    await messages.getByText('"first"').waitFor();
    await messages.getByRole("button", { name: "Pause" }).click();
    await greeter.client.publish("greeted", { name: "second" });
    await messages.getByText("1 while paused").waitFor();
    assert.equal(await messages.getByText('"second"').count(), 0);
    await page.getByText("This dashboard is read-only").waitFor();
    assert.equal(await page.getByRole("button", { name: "Publish" }).count(), 0);
  });

  it("runs commands of the real command line, with completion, but none that change state", async () => {
    const { page } = watched;
    await page.goto("/cli");
    await page.getByText("Allowed here: list services").waitFor();
    const line = page.getByLabel("micro>");
    await line.fill("li");
    await page.keyboard.press("Tab");
    await page.waitForFunction("document.querySelector('#line').value === 'list '");
    await page.keyboard.type("services");
    await page.keyboard.press("Enter");
    // entered while "list services" still runs
    const refused = [
      ["deregister service {}", "not allowed here"],
      ["list services --registry_address 10.0.0.1", 'flag "--registry_address"'],
      ["query go.micro.srv.greeter Say.Hello @/etc/passwd", "no files here"],
    ] as const;
    for (const [typed] of refused) {
      await line.fill(typed);
      await page.keyboard.press("Enter");
    }
    for (const text of ["go.micro.srv.greeter", ...refused.map(([, why]) => why)])
      await page.getByRole("log").getByText(text).last().waitFor();
    const lines = await page.locator(".typed").allTextContents();
    assert.deepEqual(
      lines.map((typed) => typed.replace(/^micro> /, "")),
      ["list services", ...refused.map(([typed]) => typed)],
    );
  });

  it("stops the command that runs with Ctrl-C, and drops the lines behind it", async () => {
    const { page } = watched;
    await page.goto("/cli");
    const line = page.getByLabel("micro>");
    for (const typed of ["watch go.micro.srv.greeter", "list services"]) {
      await line.fill(typed);
      await page.keyboard.press("Enter");
    }
    await page.keyboard.press("Control+c");
    const stopped = page.getByRole("log").getByText("stopped");
    await stopped.nth(1).waitFor();
    assert.equal(await stopped.count(), 2);
    assert.equal(await page.getByRole("button", { name: "Stop" }).count(), 0);
    await line.fill("list services");
    await page.keyboard.press("Enter");
    await page.locator("pre").filter({ hasText: "go.micro.srv.greeter" }).last().waitFor();
  });

  it("draws a map of calls between services, with rates", async () => {
    const { page } = watched;
    await page.goto("/map");
    await page.getByRole("heading", { level: 1, name: "Map" }).waitFor();
    await greeter.client.call("go.micro.srv.greeter", "Say.Hello", { name: "Map", times: 1 });
    await page.getByRole("row", { name: "go.micro.srv.greeter" }).first().waitFor();
    await page.getByRole("link", { name: "go.micro.srv.greeter" }).first().waitFor();
  });

  it("shows the last known state while the registry is unreachable", async () => {
    const { page } = watched;
    await page.goto("/registry");
    const row = page.getByRole("row", { name: "go.micro.srv.greeter" });
    await row.waitFor();
    const { address } = registry;
    await registry.close();
    await page.getByText("The consul registry has not answered").waitFor();
    await row.waitFor();
    registry = await agent({ address });
    await page.getByText("The consul registry has not answered").waitFor({ state: "detached" });
    await row.waitFor();
  });

  it("reports that its server is gone, and continues when it is back", async () => {
    const { page } = watched;
    await page.goto("/registry");
    await page.getByRole("row", { name: "go.micro.srv.greeter" }).waitFor();
    const { address } = http;
    await http.close();
    await page.getByText("The dashboard's server does not answer.").waitFor();
    assert.equal(await page.getByRole("row", { name: "go.micro.srv.greeter" }).count(), 1);
    http = await openWeb(address);
    await page.getByText("The dashboard's server does not answer.").waitFor({ state: "detached" });
    const late = member("go.micro.srv.late");
    await late.start();
    await page.getByRole("row", { name: "go.micro.srv.late" }).waitFor();
    await late.close();
    await page.getByRole("row", { name: "go.micro.srv.late" }).waitFor({ state: "detached" });
  });
});

function addMethods(greeter: MicroService): void {
  const request = z.object({ name: z.string(), times: z.unknown() });
  greeter.handle(
    "Say.Hello",
    { request, response: z.object({ msg: z.string() }) },
    async (said, { metadata }) => ({
      msg: `Hello ${said.name}, ${said.times}, ${metadata["X-Test"]}`,
    }),
  );
  greeter.handle("Say.Fail", {}, async () => {
    throw new MicroError("go.micro.srv.greeter", 418, "no coffee here");
  });
  const text = z.object({ text: z.string() });
  greeter.stream("Say.Echo", { request: text, response: text }, async function* (requests) {
    for await (const one of requests) yield { text: `${one.text} back` };
  });
  greeter.subscribe("greeted", async () => {}, { type: z.object({ name: z.string() }) });
}
