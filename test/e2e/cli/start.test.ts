import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { micro } from "../../support/programs/micro.js";
import { start } from "../../support/programs/process.js";
import { type FakeConsul, fakeConsul, sendRead } from "../../support/servers/consul-fake.js";

/** Writes what the installed command loaded: files, and modules of Node. */
const recorder = `
process.on("exit", () => {
  const loaded = [...Object.keys(require.cache), ...process.moduleLoadList];
  require("node:fs").writeFileSync(process.env.LOADED, loaded.join("\\n"));
});`;

/** Writes the files that are opened. */
const opener = `
const fs = require("node:fs");
const { openSync } = fs;
fs.openSync = (file, ...rest) => {
  fs.writeSync(openSync(process.env.OPENED, "a"), file + "\\n");
  return openSync(file, ...rest);
};`;

/** Writes each module that is loaded where nothing is bundled. */
const hooks = `
import { appendFileSync } from "node:fs";
export async function load(url, context, next) {
  appendFileSync(process.env.LOADED, url + "\\n");
  return next(url, context);
}`;

/** The command alone, from source: what lists all commands would load every one of them. */
const entry = `
import { Config } from "@oclif/core";
import "./src/cli/startup/main.js";
import ListServices from "./src/commands/list/services.js";
await ListServices.run(process.argv.slice(3), await Config.load(process.cwd()));`;

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** What it takes to print the names of services, folder by folder. */
const ownFile = /^src\/(.+)\.ts$/;
const needed =
  /^(cli(\/(connect|flags|output|startup|target))?|commands\/list|core(\/\w+)?|registry(\/(wire|watch|catalog|consul(\/\w+)?))?)\/[\w-]+$/;

describe("start of micro list services", () => {
  let folder: string;
  let consul: FakeConsul;

  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), "micro-start-")));
    await writeFile(join(folder, "opener.cjs"), opener);
    await writeFile(join(folder, "recorder.cjs"), recorder);
    await writeFile(join(folder, "hooks.mjs"), hooks);
    const register = `import { register } from "node:module"; register("./hooks.mjs", import.meta.url);`;
    await writeFile(join(folder, "register.mjs"), register);
    consul = await fakeConsul((_, response) => sendRead(response, 7, { greeter: ["v-00"], consul: [] }));
  });

  after(async () => {
    await consul[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const args = () => ["list", "services", `--registry_address=${consul.address}`];

  it("asks the registry once, whatever is registered", async () => {
    consul.requests.length = 0;
    assert.equal((await micro(args())).stdout, "consul\ngreeter\n");
    assert.deepEqual(consul.requests, ["GET /v1/catalog/services"]);
  });

  it("loads the bundle and what starts it, and of Node little beside what speaks HTTP", async () => {
    const LOADED = join(folder, "installed");
    await micro(args(), { env: { NODE_OPTIONS: `--require=${join(folder, "recorder.cjs")}`, LOADED } });
    const loaded = (await readFile(LOADED, "utf8")).split("\n");
    const files = loaded.filter((name) => name.startsWith("/") && !name.startsWith(folder));
    const own = ["run", "end-briefly", "code-cache"].map((name) => join(root, `bin/${name}.js`));
    assert.deepEqual(files, own);
    assert.ok(loaded.includes("NativeModule http"));
    for (const name of [
      "child_process",
      "crypto",
      "fs/promises",
      "https",
      "perf_hooks",
      "readline",
      "tls",
      "zlib",
    ])
      assert.ok(!loaded.includes(`NativeModule ${name}`), `${name} was loaded`);
  });

  it("reads each file of settings once", async () => {
    const [home, project] = [join(folder, "home"), join(folder, "project")];
    await mkdir(join(home, "micro"), { recursive: true });
    await mkdir(project);
    const contexts = { x: { registry_address: consul.address } };
    await writeFile(
      join(home, "micro/config.json"),
      JSON.stringify({ current: "x", contexts, trusted: [project] }),
    );
    await writeFile(join(project, "micro.json"), '{"timeout":"5s"}');
    const OPENED = join(folder, "opened");
    const { stdout } = await micro(["list", "services"], {
      cwd: project,
      env: { NODE_OPTIONS: `--require=${join(folder, "opener.cjs")}`, OPENED, XDG_CONFIG_HOME: home },
    });
    assert.equal(stdout, "consul\ngreeter\n");
    const opened = (await readFile(OPENED, "utf8")).split("\n").filter((file) => file.endsWith(".json"));
    const settings = opened.filter((file) => file.startsWith(folder)).sort();
    assert.deepEqual(settings, [join(home, "micro/config.json"), join(project, "micro.json")]);
  });

  it("loads no client, server, transport, broker or program", async () => {
    const LOADED = join(folder, "source");
    const imports = ["--import", "tsx", "--import", pathToFileURL(join(folder, "register.mjs")).href];
    await using running = start(
      process.execPath,
      [...imports, "--input-type=module", "--eval", entry, "--", ...args()],
      {
        cwd: root,
        env: { LOADED, XDG_CONFIG_HOME: folder },
      },
    );
    assert.equal(await running.closed(), 0, running.stderr);
    const urls = (await readFile(LOADED, "utf8")).split("\n").map((url) => url.replace(/\?.*$/, ""));
    const own = pathToFileURL(root).href;
    const loaded = urls.flatMap(
      (url) => (url.startsWith(own) && ownFile.exec(url.slice(own.length))?.[1]) || [],
    );
    assert.ok(loaded.includes("registry/consul/consul"), urls.join("\n"));
    assert.deepEqual(
      loaded.filter((file) => !needed.test(file)),
      [],
    );
  });

  it("runs from source with bin/dev.js, and loads nothing of a build", async () => {
    const LOADED = join(folder, "development");
    const imports = ["--import", "tsx", "--import", pathToFileURL(join(folder, "register.mjs")).href];
    await using running = start(process.execPath, [...imports, "bin/dev.js", ...args()], {
      cwd: root,
      env: { LOADED, XDG_CONFIG_HOME: folder },
    });
    assert.equal(await running.closed(), 0, running.stderr);
    assert.match(running.stdout, /greeter/);
    const built = (await readFile(LOADED, "utf8"))
      .split("\n")
      .filter((url) => url.startsWith(`${pathToFileURL(root).href}dist/`));
    assert.deepEqual(built, []);
  });
});
