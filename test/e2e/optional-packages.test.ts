import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { type OptionalPackage, optionalPackages } from "../../src/core/optional-packages.js";
import { micro } from "../support/programs/micro.js";

/** Writes every file of a package that was loaded, when the program ends. */
const recorder = `
process.on("exit", () => {
  const files = Object.keys(require.cache).filter((file) => file.includes("node_modules"));
  require("node:fs").writeFileSync(process.env.LOADED, files.join("\\n"));
});`;

/** A machine on which no optional package is installed. */
const hidden = `
export async function resolve(name, context, next) {
  if (!${JSON.stringify(Object.keys(optionalPackages))}.includes(name)) return next(name, context);
  throw Object.assign(new Error("Cannot find package '" + name + "'"), { code: "ERR_MODULE_NOT_FOUND" });
}`;

/** The same for who imports, and for who requires. */
const hide = `
import Module, { register } from "node:module";
register(HOOKS);
const find = Module._resolveFilename;
Module._resolveFilename = (name, ...rest) => {
  if (!${JSON.stringify(Object.keys(optionalPackages))}.includes(name)) return find(name, ...rest);
  throw Object.assign(new Error("Cannot find module '" + name + "'"), { code: "MODULE_NOT_FOUND" });
};`;

describe("optional packages", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "micro-optional-"));
    await writeFile(join(folder, "recorder.cjs"), recorder);
    await writeFile(join(folder, "hidden.mjs"), hidden);
    const hooks = JSON.stringify(pathToFileURL(join(folder, "hidden.mjs")).href);
    await writeFile(join(folder, "hide.mjs"), hide.replace("HOOKS", hooks));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  async function loaded(...args: string[]): Promise<string> {
    const file = join(folder, "loaded.txt");
    await micro(args, { env: { NODE_OPTIONS: `--require=${join(folder, "recorder.cjs")}`, LOADED: file } });
    return readFile(file, "utf8");
  }

  it("are not loaded by a command that needs none", async () => {
    const files = await loaded("list", "services", "--registry=memory");
    for (const name of Object.keys(optionalPackages))
      assert.ok(!files.includes(`node_modules/${name}/`), `${name} was loaded`);
  });

  it("are loaded by one that does: the recorder would have seen them", async () => {
    const files = await loaded(
      "publish",
      "t",
      "{}",
      "--registry=memory",
      "--broker=redis",
      "--broker_address=127.0.0.1:1",
    );
    assert.ok(files.includes("node_modules/ioredis/"));
    assert.ok(!files.includes("node_modules/@nats-io/"));
  });

  const backends: Readonly<Record<OptionalPackage, readonly string[] | undefined>> = {
    ioredis: ["publish", "t", "{}", "--registry=memory", "--broker=redis"],
    "@nats-io/transport-node": ["publish", "t", "{}", "--registry=memory", "--broker=nats"],
    // loaded after the other one of NATS
    "@nats-io/jetstream": undefined,
    etcd3: ["list", "services", "--registry=etcd"],
    "multicast-dns": ["list", "services", "--registry=mdns"],
  };
  for (const [name, args] of Object.entries(backends)) {
    if (args === undefined) continue;
    it(`are named with their install command when missing: ${name}`, async () => {
      const env = { NODE_OPTIONS: `--import=${pathToFileURL(join(folder, "hide.mjs")).href}` };
      const ran = await micro(args, { env });
      assert.equal(ran.code, 1, ran.stderr);
      const range = optionalPackages[name as keyof typeof optionalPackages];
      assert.ok(ran.stderr.includes(`npm install "${name}@${range}"`), ran.stderr);
    });
  }
});
