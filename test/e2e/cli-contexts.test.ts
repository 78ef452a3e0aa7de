import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { micro } from "../support/micro.js";

describe("micro context, of several processes at once", () => {
  let home: string;

  before(() => {
    home = mkdtempSync(join(tmpdir(), "micro-contexts-"));
  });

  after(() => rmSync(home, { recursive: true, force: true }));

  const run = (...args: readonly string[]) => micro(["context", ...args], { env: { XDG_CONFIG_HOME: home } });

  async function names(): Promise<string[]> {
    const { stdout } = await run("list", "--json");
    return (JSON.parse(stdout) as readonly { name: string }[]).map(({ name }) => name).sort();
  }

  it("loses none of what each added, and leaves no lock", async () => {
    const all = Array.from({ length: 12 }, (_, at) => `c${at}`).sort();
    const added = await Promise.all(all.map((name) => run("add", name, "--registry=memory")));
    assert.deepEqual(
      added.map(({ code }) => code),
      all.map(() => 0),
    );
    assert.deepEqual(await names(), all);
    assert.deepEqual(readdirSync(join(home, "micro")), ["config.json"]);
  });

  it("passes over the lock of a process that died", async () => {
    mkdirSync(join(home, "micro"), { recursive: true });
    const lock = join(home, "micro/config.json.lock");
    writeFileSync(lock, "");
    const before = new Date(Date.now() - 60_000);
    utimesSync(lock, before, before);
    const { code, stderr } = await run("add", "later", "--registry=memory");
    assert.equal(code, 0, stderr);
    assert.equal((await names()).includes("later"), true);
  });
});
