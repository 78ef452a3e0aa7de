import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Service } from "../../../src/core/service.js";
import { Dashboards } from "../../support/dashboard.js";
import { needs } from "../../support/needs.js";
import { openBrowser, Watched } from "../../support/programs/browser.js";

/** Names that a registry without access control may hold. */
const names = [
  "<img src=x onerror=window.hit=1>",
  "\u202egpj.exe",
  '"><script>window.hit=1</script>',
  "javascript:window.hit=1",
  `${"long.".repeat(60)}name`,
  "__proto__",
];

/** A service that is called `name` in every way there is. */
function everywhere(name: string): Service {
  const value = { name, type: name, values: [] };
  const method = {
    name,
    request: { ...value, values: [value] },
    response: value,
    metadata: { stream: name },
  };
  const subscriber = {
    name: `${name}2`,
    request: value,
    response: null,
    metadata: { subscriber: "true", topic: name },
  };
  const metadata = Object.fromEntries([[name, name]]);
  return {
    name,
    version: name,
    metadata: {},
    endpoints: [method, subscriber],
    nodes: [{ id: `${name}-1`, address: name, port: 1, metadata }],
  };
}

describe("a registry full of hostile names", needs("chromium"), () => {
  it("runs no injected script, and breaks no page", async () => {
    await using dashboards = new Dashboards();
    for (const name of names) await dashboards.registry.register(everywhere(name));
    const http = await dashboards.open();
    const browser = await openBrowser();
    try {
      const context = await browser.newContext({ baseURL: http.url, viewport: { width: 1000, height: 800 } });
      const watched = await Watched.open(context);
      const { page } = watched;
      const look = async (path: string, heading: string) => {
        await page.goto(path);
        await page.getByRole("heading", { name: heading }).first().waitFor();
        const wide = Number(await page.evaluate("document.documentElement.scrollWidth - innerWidth"));
        assert.ok(wide <= 0, `${path}: ${wide} pixels too wide`);
      };
      for (const path of ["/", "/registry", "/events"]) await look(path, path === "/" ? "Lately" : "");
      for (const name of names) {
        const query = new URLSearchParams({ service: name, topic: name });
        await look(`/registry?${query}`, "Nodes");
        await look(`/query?${query}`, "JSON");
        await look(`/topics?${query}`, "Subscribers");
        await look(`/stats?${query}`, "Service");
      }
      await watched.assertAccessible("hostile names");
      assert.equal(await page.evaluate("window.hit"), undefined);
      assert.equal(await page.locator("#app script, #app img").count(), 0);
      watched.assertClean();
    } finally {
      await browser.close();
    }
  });
});
