import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { micro } from "../support/micro.js";
import { start } from "../support/process.js";

const example = fileURLToPath(new URL("../../examples/plugins/micro-plugin-file", import.meta.url));
const service = { name: "test.packed", version: "1.0.0", metadata: {}, endpoints: [] };
const node = { id: "packed-1", address: "127.0.0.1", port: 9999, metadata: {} };

describe("a plugin from its packed tarball", () => {
  let project: string;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    project = await mkdtemp(join(tmpdir(), "micro-project-"));
    env = { MICRO_REGISTRY: "file", MICRO_REGISTRY_ADDRESS: join(project, "registry") };
    await mkdir(join(project, "home"));
    await writeFile(join(project, "package.json"), '{ "name": "project", "private": true }');
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

  it("is named with its install command where it is not installed", async () => {
    const missed = await micro(["list", "services", "--registry=absent"], { cwd: project });
    assert.equal(missed.code, 2);
    assert.match(missed.stderr, /npm install micro-plugin-absent/);
  });
});
