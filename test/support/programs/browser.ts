import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Opens the system's Chromium with a profile of its own. */
export async function openBrowser(): Promise<Browser> {
  const { stdout } = spawnSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" });
  return chromium.launch({ executablePath: stdout.trim(), args: flags });
}

/** A page that remembers what went wrong in it: errors of scripts, and what the content policy stopped. */
export class Watched {
  readonly page: Page;
  readonly problems: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(20_000);
    page.on("pageerror", (error) => this.problems.push(error.message));
    page.on("console", (message) => {
      if (message.type() !== "error") return;
      const text = message.text();
      if (!/Failed to load resource|EventSource|ERR_CONNECTION_REFUSED/.test(text)) this.problems.push(text);
    });
  }

  static async open(context: BrowserContext): Promise<Watched> {
    return new Watched(await context.newPage());
  }

  /** @throws when a script failed or the policy stopped something. */
  assertClean(): void {
    assert.deepEqual(this.problems, []);
  }

  /** @throws with what axe finds on the page as it is now. */
  async assertAccessible(what: string): Promise<void> {
    const { violations } = await new AxeBuilder({ page: this.page }).analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("  ")}`);
    assert.deepEqual(found, [], what);
  }
}
