import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { MicroError } from "../../../src/core/errors.js";
import type { HttpServer } from "../../../src/http/listener/listener.js";
import { sidecar } from "../../../src/sidecar/index.js";
import { web } from "../../../src/web/index.js";
import { Gateways } from "../../support/gateway.js";
import { needs } from "../../support/needs.js";
import { openBrowser } from "../../support/programs/browser.js";

const name = "go.micro.srv.counted";

/** One request of a page: where it goes, what it says, and the page it is made from. */
interface Surface {
  readonly page: string;
  request(method: string): { readonly path: string; readonly body: object };
}

const rpc = (page: string): Surface => ({
  page,
  request: (method) => ({ path: "/rpc", body: { service: name, method, request: {} } }),
});

/** Where a page can make a service do something, by program. */
const surfaces = {
  "gateway /rpc": ["api", rpc("/docs")],
  "gateway, a method's own path": [
    "api",
    { page: "/docs", request: (method) => ({ path: `/own/${method}`, body: {} }) },
  ],
  "sidecar /rpc": ["sidecar", rpc("/openapi.json")],
  "sidecar, the short form": [
    "sidecar",
    { page: "/openapi.json", request: (method) => ({ path: `/${name}/${method}`, body: {} }) },
  ],
  "dashboard /rpc": ["web", rpc("/registry")],
  "dashboard /query": [
    "web",
    {
      page: "/registry",
      request: (method) => ({
        path: "/query",
        body: { service: name, method, request: {}, timeout: 300 },
      }),
    },
  ],
} as const satisfies Readonly<Record<string, readonly [Program, Surface]>>;

type Program = "api" | "sidecar" | "web";

/** What a page was told. */
interface Told {
  readonly status: number;
  readonly code: number;
  readonly retry: string | null;
}

/** What a method fails with, and the status that a client gets. */
const failures = {
  "Fail.Slow": [504, 408],
  "Fail.Code408": [504, 408],
  "Fail.Code421": [500, 421],
  "Fail.Code425": [500, 425],
  "Fail.Code503": [503, 503],
} as const;

describe("a browser that keeps its connection, and a method that fails", needs("chromium"), () => {
  const gateways = new Gateways();
  const programs = new Map<Program, HttpServer>();
  let browser: Browser;
  let calls = 0;

  before(async () => {
    const counted = gateways.service(name);
    counted.handle("Fail.Not", { metadata: { path: "/own/Fail.Not" } }, async () => ({ calls }));
    counted.handle("Fail.Slow", { metadata: { path: "/own/Fail.Slow" } }, async (_, { signal }) => {
      calls++;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return {};
    });
    for (const code of [408, 421, 425, 503])
      counted.handle(`Fail.Code${code}`, { metadata: { path: `/own/Fail.Code${code}` } }, async () => {
        calls++;
        throw new MicroError(name, code, "as told");
      });
    await gateways.run(counted);
    programs.set("api", await gateways.open());
    programs.set("sidecar", await sidecar(gateways.service("go.micro.sidecar"), { address: "127.0.0.1:0" }));
    programs.set("web", await web(gateways.service("go.micro.web"), { address: "127.0.0.1:0" }));
    browser = await openBrowser();
  });

  after(async () => {
    await browser.close();
    for (const http of programs.values()) await http.close();
    await gateways[Symbol.asyncDispose]();
  });

  /** Asks as a click would: on a connection that was used before. */
  async function click(page: Page, surface: Surface, method: string): Promise<Told> {
    const ask = (asked: string) => {
      const { path, body } = surface.request(asked);
      return `fetch(${JSON.stringify(path)}, {method: "POST", body: ${JSON.stringify(JSON.stringify(body))},
        headers: {"Content-Type": "application/json", Timeout: "300000000"}})`;
    };
    return page.evaluate(`(async () => {
      for (let i = 0; i < 3; i++) await (await ${ask("Fail.Not")}).text();
      const response = await ${ask(method)};
      const retry = response.headers.get("Retry-After");
      return { status: response.status, code: (await response.json()).code, retry };
    })()`) as Promise<Told>;
  }

  for (const [title, [program, surface]] of Object.entries(surfaces))
    it(`runs it once: ${title}`, async () => {
      const page = await browser.newPage();
      await page.goto(`${programs.get(program)?.url}${surface.page}`);
      for (const [method, [status, code]] of Object.entries(failures)) {
        const before = calls;
        const told = await click(page, surface, method);
        assert.deepEqual({ ...told, calls: calls - before }, { status, code, retry: null, calls: 1 }, method);
      }
      await page.close();
    });
});
