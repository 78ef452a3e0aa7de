import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { micro } from "../../support/programs/micro.js";
import { start } from "../../support/programs/process.js";

/**
 * Adds a context at a time, and leaves a lock behind each time, as a process that is killed does. It is slow to remove
 * one: what it removes then may be another lock than the one it looked at.
 */
const forgetful = `
import fs, { utimesSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
const { rmSync } = fs;
const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.random() * 30);
fs.rmSync = (file, options) => {
  if (file.endsWith(".lock")) pause();
  rmSync(file, options);
};
syncBuiltinESMExports();
const { changeContexts } = await import(${JSON.stringify(new URL("../../../src/cli/flags/context-file.ts", import.meta.url).href)});
const [path, own, count] = process.argv.slice(1);
for (let at = 0; at < Number(count); at++) {
  await changeContexts(({ contexts }) => {
    pause();
    return { contexts: { ...contexts, [own + at]: {} } };
  }, undefined, path);
  try {
    writeFileSync(path + ".lock", "", { flag: "wx" });
    utimesSync(path + ".lock", 0, 0);
  } catch {
    // another left one already, or took it away
  }
}`;

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

  it("lets in one at a time, also where many find the lock of a process that died", async () => {
    const path = join(home, "forgetful.json");
    const names = ["a", "b", "c", "d", "e", "f"];
    const rounds = 10;
    const node = (name: string) =>
      start(process.execPath, [
        "--import",
        "tsx",
        "--input-type=module",
        "-e",
        forgetful,
        path,
        name,
        String(rounds),
      ]);
    const codes = names.map(async (name) => {
      await using changing = node(name);
      return [await changing.closed(), changing.stderr];
    });
    assert.deepEqual(
      await Promise.all(codes),
      names.map(() => [0, ""]),
    );
    const { contexts } = JSON.parse(readFileSync(path, "utf8"));
    assert.equal(Object.keys(contexts).length, names.length * rounds);
  });
});
