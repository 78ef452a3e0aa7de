import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Client } from "../../src/client/client.js";
import { silent } from "../../src/core/log/log.js";
import { loadPlugins, openPart, type Plugin, wrapClient, wrapHandler } from "../../src/plugins/index.js";
import { isInRange } from "../../src/plugins/version.js";
import { service } from "../../src/service/index.js";
import { eventually } from "../../src/testing/eventually.js";
import { registrySuite } from "../../src/testing/registry/registry.js";

const example = new URL("../../examples/plugins/micro-plugin-file/index.js", import.meta.url).href;

describe("plugins by name", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "micro-plugins-"));
    const registry =
      "() => ({ name: 'x', register() {}, deregister() {}, getService() {}, listServices() {}, watch() {}, close() {} })";
    await pack("micro-plugin-short", `export default { name: 'short', registry: ${registry} }`);
    await pack("@scope/full", `export default ${registry}`);
    await pack("micro-plugin-commonjs", `module.exports = ${registry}`, { type: "commonjs" });
    await pack("micro-plugin-future", "export default {}", {
      version: "3.0.0",
      peerDependencies: { "micro-toolkit": "^99.0.0" },
    });
    await pack("micro-plugin-broken", "import 'nowhere-to-be-found'; export default {}");
    await pack("micro-plugin-empty", "export const nothing = 1;");
    await pack("micro-plugin-codec", "export default { name: 'codec', codec: () => ({}) }");
  });

  after(() => rm(folder, { recursive: true, force: true }));

  async function pack(name: string, source: string, manifest: object = {}): Promise<void> {
    const place = join(folder, "node_modules", name);
    await mkdir(place, { recursive: true });
    const exports = { ".": { import: "./main.js", default: "./main.js" } };
    await writeFile(
      join(place, "package.json"),
      JSON.stringify({ name, type: "module", exports, ...manifest }),
    );
    await writeFile(join(place, "main.js"), source);
  }

  const open = (name: string) => openPart("registry", name, {}, { folder });

  it("prefer built-in parts", async () => {
    await using registry = await open("memory");
    assert.equal(registry.name, "memory");
  });

  it("open a short name, a full name, CommonJS and a path, as a plugin or a factory alone", async () => {
    const path = "./node_modules/micro-plugin-short";
    for (const name of ["short", "micro-plugin-short", "@scope/full", "commonjs", path, `${path}/main.js`])
      assert.equal((await open(name)).name, "x", name);
  });

  it("open the parts of a loaded plugin by its name", async () => {
    const [plugin] = await loadPlugins(["short"], { folder });
    assert.ok(plugin);
    const registry = await openPart("registry", "short", {}, { plugins: [plugin], folder: tmpdir() });
    assert.equal(registry.name, "x");
  });

  it("are named with the command that installs them when they are missing", async () => {
    await assert.rejects(open("absent"), {
      reason: "BAD_FLAG_VALUE",
      message: /^registry "absent": not one of consul, .*, and no plugin: npm install micro-plugin-absent$/,
    });
    await assert.rejects(loadPlugins(["absent"], { folder }), {
      reason: "BACKEND_MISSING",
      message: 'plugin "absent": not installed: npm install micro-plugin-absent',
    });
    await assert.rejects(loadPlugins(["./absent.js"], { folder }), { message: /no such file/ });
  });

  it("are refused for another version of the toolkit, with the command that updates them", async () => {
    await assert.rejects(open("future"), {
      reason: "BAD_CONFIG",
      message:
        /^plugin "micro-plugin-future 3\.0\.0": it works with micro-toolkit \^99\.0\.0, this is \d+\.\d+\.\d+.*: npm install micro-plugin-future@latest$/,
    });
  });

  it("are refused for parts that they do not have", async () => {
    const messages: [() => Promise<unknown>, RegExp][] = [
      [() => openPart("broker", "short", {}, { folder }), /has no broker, only registry$/],
      [() => openPart("broker", "@scope/full", {}, { folder }), /did not return a broker: it lacks connect$/],
      [() => openPart("codec", "codec", {}, { folder }), /did not return a codec: it lacks contentTypes$/],
      [() => open("broken"), /it does not load: .*nowhere-to-be-found/],
      [() => open("empty"), /no default export that is a plugin or a factory$/],
      [() => loadPlugins(["@scope/full"], { folder }), /its default export has no name/],
    ];
    for (const [opening, message] of messages)
      await assert.rejects(opening, { reason: "BAD_CONFIG", message });
  });
});

describe("plugins of a service", () => {
  it("wrap its client and its handlers, the first outermost", async () => {
    const seen: string[] = [];
    const named = (name: string): Plugin => ({
      name,
      client: (next) => logging(next, () => seen.push(`client ${name}`)),
      handler: (next) => async (request, context) => {
        seen.push(`handler ${name}`);
        return next(request, context);
      },
    });
    await using greeter = service({
      name: "test.wrapped",
      registry: "memory",
      transport: "memory",
      broker: "memory",
      plugins: [named("a"), named("b")],
      drainDelay: 0,
      argv: [],
      env: {},
      log: silent,
    });
    greeter.handle("Say.Hello", {}, async (request) => request);
    const running = new AbortController();
    const run = greeter.run({ signal: running.signal });
    await eventually(() => greeter.registry.getService("test.wrapped"));
    assert.deepEqual(await greeter.client.call("test.wrapped", "Say.Hello", { a: 1 }), { a: 1 });
    assert.deepEqual(seen, ["client a", "client b", "handler a", "handler b"]);
    running.abort();
    await run;
  });

  it("come from its settings, with the variables of their flags", async () => {
    const folder = await mkdtemp(join(tmpdir(), "micro-file-registry-"));
    const env = { MICRO_PLUGIN: example, MICRO_REGISTRY: "file", MICRO_REGISTRY_FOLDER: folder };
    await using greeter = service({ name: "test.file", argv: [], env, drainDelay: 0, log: silent });
    greeter.handle("Say.Hello", {}, async (request) => request);
    const running = new AbortController();
    const run = greeter.run({ signal: running.signal });
    await eventually(() => greeter.registry.getService("test.file"));
    assert.deepEqual(await greeter.client.call("test.file", "Say.Hello", { a: 1 }), { a: 1 });
    running.abort();
    await run;
    await rm(folder, { recursive: true, force: true });
  });

  it("do not change what they do not wrap", async () => {
    const client = {} as Client;
    const handler = async () => 1;
    assert.equal(wrapClient(client, [{ name: "none" }]), client);
    assert.equal(wrapHandler(handler, [{ name: "none" }]), handler);
  });
});

function logging(next: Client, called: () => void): Client {
  return {
    call: (...call) => {
      called();
      return next.call(...call);
    },
    stream: (...call) => next.stream(...call),
    publish: (...call) => next.publish(...call),
    close: () => next.close(),
    [Symbol.asyncDispose]: () => next.close(),
  };
}

describe("the example of a plugin", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "micro-file-registry-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  registrySuite("file", () => openPart("registry", example, { addresses: [folder] }));
});

describe("ranges of versions", () => {
  it("let the versions through that npm lets through", async () => {
    const inside = [
      ["0.1.0", "^0.1.0"],
      ["0.1.9", "^0.1.0"],
      ["1.9.0", "^1.2.3"],
      ["1.2.9", "~1.2.3"],
      ["0.1.0", ">=0.1.0 <2"],
      ["2.0.0", "^1.0.0 || ^2.0.0"],
      ["1.5.0", "1.x"],
      ["1.5.0", "1"],
      ["1.0.0", "*"],
      ["1.0.0", "1.0.0"],
      ["1.0.0", "workspace:*"],
      ["1.1.0-rc.1", "^1.0.0"],
    ];
    const outside = [
      ["0.2.0", "^0.1.0"],
      ["2.0.0", "^1.2.3"],
      ["1.3.0", "~1.2.3"],
      ["2.0.0", ">=0.1.0 <2"],
      ["2.0.0", "1.x"],
      ["1.0.1", "1.0.0"],
      ["0.1.0", "^99.0.0"],
    ];
    for (const [version = "", range = ""] of inside)
      assert.equal(await isInRange(version, range), true, range);
    for (const [version = "", range = ""] of outside)
      assert.equal(await isInRange(version, range), false, range);
  });
});
