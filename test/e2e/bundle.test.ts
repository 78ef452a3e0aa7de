import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Format } from "esbuild";
import type { optionalPackages } from "../../src/core/optional-packages.js";
import { start } from "../support/programs/process.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

const program = `
import { service } from "micro-toolkit";
(async () => {
  const [registry, broker] = process.argv.slice(2);
  const greeter = service({ name: "greeter", registry, broker, argv: [] });
  greeter.handle("Say.Hello", {}, async ({ name }) => ({ message: "Hello " + name }));
  try {
    await greeter.start();
    const { message } = await greeter.client.call("greeter", "Say.Hello", { name: "Ada" });
    await greeter.client.publish("greeted", {});
    console.log(message);
  } catch ({ reason, detail }) {
    console.log(reason, detail);
  } finally {
    await greeter.close();
  }
})();`;

/** What a CommonJS package in a bundle of ES modules needs to require a module of Node. */
const require = `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`;

describe("a program in one file, where no optional package is installed", () => {
  let folder: string;
  let modules: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "micro-bundle-"));
    const installed = join(folder, "source", "node_modules");
    modules = join(folder, "node_modules");
    await mkdir(modules);
    await mkdir(join(installed, "micro-toolkit"), { recursive: true });
    for (const part of ["dist", "package.json"])
      await cp(join(root, part), join(installed, "micro-toolkit", part), { recursive: true });
    const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    for (const name of Object.keys(manifest.dependencies)) {
      await mkdir(dirname(join(installed, name)), { recursive: true });
      await symlink(join(root, "node_modules", name), join(installed, name));
    }
    await writeFile(join(folder, "source", "program.mjs"), program);
  });

  after(() => rm(folder, { recursive: true, force: true }));

  async function bundle(file: string, format: Format, banner = ""): Promise<string> {
    const options: BuildOptions = { bundle: true, platform: "node", format, banner: { js: banner } };
    const outfile = join(folder, file);
    await build({
      ...options,
      entryPoints: [join(folder, "source", "program.mjs")],
      outfile,
      logLevel: "silent",
    });
    return outfile;
  }

  async function ran(file: string, ...args: readonly string[]): Promise<string> {
    const addresses = new Map([
      ["consul", "127.0.0.1:1"],
      ["file", join(folder, "registry")],
    ]);
    const address = addresses.get(args[0] ?? "");
    const env = address === undefined ? {} : { MICRO_REGISTRY_ADDRESS: address };
    await using program = start(process.execPath, [file, ...args], { env });
    await program.output(/\n/);
    assert.equal(await program.closed(), 0, program.stderr);
    return program.stdout;
  }

  for (const format of ["esm", "cjs"] as const)
    it(`runs as ${format}, and names a package that it comes to need`, async () => {
      const file = await bundle(`program.${format === "esm" ? "mjs" : "cjs"}`, format);
      assert.equal(await ran(file, "memory", "memory"), "Hello Ada\n");
      assert.match(await ran(file, "etcd", "memory"), lacks("etcd3"));
      assert.match(await ran(file, "mdns", "memory"), lacks("multicast-dns"));
      assert.match(await ran(file, "memory", "redis"), lacks("ioredis"));
      assert.match(await ran(file, "memory", "nats"), lacks("@nats-io/transport-node"));
    });

  for (const format of ["esm", "cjs"] as const)
    it(`opens a registry that is a package beside it, as ${format}, whatever package the program itself is`, async () => {
      const file = await bundle(`program.${format === "esm" ? "mjs" : "cjs"}`, format);
      const registry = ["file", "memory"] as const;
      await symlink(join(root, "examples/plugins/micro-plugin-file"), join(modules, "micro-plugin-file"));
      try {
        assert.equal(await ran(file, ...registry), "Hello Ada\n");
        await writeFile(join(folder, "package.json"), '{ "name": "shop", "version": "9.0.0" }');
        assert.equal(await ran(file, ...registry), "Hello Ada\n");
        assert.match(await ran(file, "none", "memory"), /^BAD_FLAG_VALUE .*npm install micro-plugin-none/);
      } finally {
        await rm(join(folder, "package.json"), { force: true });
        await rm(join(modules, "micro-plugin-file"));
      }
    });

  it("asks Consul as esm when its packages can require", async () => {
    const file = await bundle("requiring.mjs", "esm", require);
    assert.match(await ran(file, "consul", "memory"), /^REGISTRY_UNREACHABLE /);
  });
});

function lacks(name: keyof typeof optionalPackages): RegExp {
  return new RegExp(`^BACKEND_MISSING .*npm install "${name}@`);
}
