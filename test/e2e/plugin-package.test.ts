import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually } from "../../src/testing/eventually.js";
import { freePort } from "../support/free-port.js";
import { micro, startMicro } from "../support/programs/micro.js";
import { start } from "../support/programs/process.js";

const example = fileURLToPath(new URL("../../examples/plugins/micro-plugin-file", import.meta.url));
const service = { name: "test.packed", version: "1.0.0", metadata: {}, endpoints: [] };
const node = { id: "packed-1", address: "127.0.0.1", port: 9999, metadata: {} };

const hello = `let text;
module.exports = {
  name: "hello",
  flags: { hello_text: { summary: "what /hello says", default: "hello" } },
  configure: (values) => { text = values.hello_text; },
  http: async (app, program) => { app.get("/hello", async () => text + " from " + program + "\\n"); },
};`;

async function read(url: string): Promise<string> {
  const [response] = (await once(get(url), "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  return text;
}

describe("a plugin from its packed tarball", () => {
  let project: string;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    project = await mkdtemp(join(tmpdir(), "micro-project-"));
    env = { MICRO_REGISTRY: "file", MICRO_REGISTRY_ADDRESS: join(project, "registry") };
    await mkdir(join(project, "home"));
    await writeFile(join(project, "package.json"), '{ "name": "project", "private": true }');
    const command =
      "class { static flags = { state: { type: 'option' } }; static async run(argv) { console.log('orders', JSON.stringify(argv)); } }";
    await writeFile(
      join(project, "orders.js"),
      `module.exports = { name: "orders", commands: { "orders:list": ${command} } };`,
    );
    await writeFile(
      join(project, "broken.js"),
      `module.exports = { name: "broken", commands: { "orders:list": 1 } };`,
    );
    await writeFile(join(project, "hello.js"), hello);
    await npm("pack", example, "--pack-destination", project);
    await npm(
      "install",
      "--offline",
      "--legacy-peer-deps",
      "--no-audit",
      "--no-fund",
      "./micro-plugin-file-1.0.0.tgz",
    );
  });

  after(() => rm(project, { recursive: true, force: true }));

  async function npm(...args: string[]): Promise<void> {
    await using running = start("npm", args, { cwd: project });
    assert.equal(await running.exited(), 0, running.stderr);
  }

  it("is the registry of the command line in that project", async () => {
    const body = JSON.stringify({ ...service, nodes: [node] });
    const registered = await micro(["register", "service", body], { cwd: project, env });
    assert.equal(registered.code, 0, registered.stderr);
    const listed = await micro(["list", "services", "--json"], { cwd: project, env });
    assert.equal(listed.code, 0, listed.stderr);
    assert.match(listed.stdout, /"test\.packed"/);
  });

  it("takes its flags from the command line, before or after the command, and from variables", async () => {
    const folder = join(project, "elsewhere");
    const listed = async (args: string[], more: NodeJS.ProcessEnv = {}) => {
      const all = { MICRO_REGISTRY: "file", MICRO_PLUGIN: "file", ...more };
      const ran = await micro([...args, "--json"], { cwd: project, env: all });
      assert.equal(ran.code, 0, ran.stderr);
      return ran.stdout.includes("test.elsewhere");
    };
    const body = JSON.stringify({ ...service, name: "test.elsewhere", nodes: [node] });
    const flag = `--registry_folder=${folder}`;
    const registered = await micro(["--plugin=file", "--registry=file", flag, "register", "service", body], {
      cwd: project,
    });
    assert.equal(registered.code, 0, registered.stderr);
    assert.equal(await listed([flag, "list", "services"]), true);
    assert.equal(await listed(["list", "services", flag]), true);
    assert.equal(await listed(["list", "services"], { MICRO_REGISTRY_FOLDER: folder }), true);
    assert.equal(
      await listed(["list", "services"], { MICRO_REGISTRY_FOLDER: join(project, "empty") }),
      false,
    );
  });

  it("adds commands, and says what is wrong with one that is none", async () => {
    const args = ["orders", "list", "--state=open", "first"];
    const ran = await micro(["--plugin=./orders.js", ...args], { cwd: project });
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(ran.stdout, 'orders ["--state=open","--","first"]\n');
    const unknown = await micro(args, { cwd: project });
    assert.equal(unknown.code, 2);
    const broken = await micro(["--plugin=./broken.js", "list", "services"], { cwd: project });
    assert.match(broken.stderr, /command "orders:list" of a plugin is not an oclif command/);
  });

  it("adds routes to the programs", async () => {
    const port = await freePort();
    const args = [
      "sidecar",
      "--plugin=./hello.js",
      "--registry=memory",
      `--sidecar_address=127.0.0.1:${port}`,
    ];
    await using _sidecar = startMicro([...args, "--hello_text=hi"], { cwd: project });
    await eventually(async () => {
      assert.equal(await read(`http://127.0.0.1:${port}/hello`), "hi from go.micro.sidecar\n");
    }, 60_000);
  });

  it("is named with its install command where it is not installed", async () => {
    const missed = await micro(["list", "services", "--registry=absent"], { cwd: project });
    assert.equal(missed.code, 2);
    assert.match(missed.stderr, /npm install micro-plugin-absent/);
  });
});
