import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { freePort } from "../support/free-port.js";
import { startMicro } from "../support/programs/micro.js";
import type { Running } from "../support/programs/process.js";

const hooks = [
  "onRequest",
  "preParsing",
  "preValidation",
  "preHandler",
  "preSerialization",
  "onSend",
  "onResponse",
];
const ways = ["sync", "late", "rejected", "listener"];

/** Throws in the hook and the way that a request asks for. */
const thrower = `
const ways = {
  sync() { throw new Error("boom"); },
  late() { setTimeout(() => { throw new Error("boom"); }, 5); },
  rejected() { Promise.reject(new Error("boom")); },
  listener(raw) { raw.once("boom", () => { throw new Error("boom"); }).emit("boom"); },
};
export default {
  name: "thrower",
  http(app) {
    for (const hook of ${JSON.stringify(hooks)})
      app.addHook(hook, (request, reply, ...rest) => {
        const done = rest.at(-1);
        const [where, way] = String(request.headers["x-throw"]).split(".");
        if (where === hook) ways[way](request.raw);
        else done(null, rest.length > 1 ? rest[0] : undefined);
      });
  },
};`;

/** Throws, on a signal, what belongs to no request. */
const preload = `
process.on("SIGUSR2", () => {
  setTimeout(() => { throw new Error("boom of nobody"); }, 1);
  Promise.reject(new Error("boom of nobody"));
});`;

describe("an uncaught error", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "micro-guard-"));
    await writeFile(join(folder, "thrower.mjs"), thrower);
    await writeFile(join(folder, "preload.mjs"), preload);
  });

  after(() => rm(folder, { recursive: true, force: true }));

  async function run(program: string, address: string, flags: readonly string[]): Promise<Running> {
    const plugin = program === "agent" ? [] : ["--plugin", join(folder, "thrower.mjs")];
    const micro = startMicro([program, ...flags, ...plugin], {
      cwd: folder,
      env: { NODE_OPTIONS: `--import ${pathToFileURL(join(folder, "preload.mjs"))}` },
    });
    await micro.output(/next:|try:/);
    assert.equal(await live(address), 200);
    return micro;
  }

  const live = async (address: string) =>
    (await raw(address, rawRequest("GET", "/health/live", [`Host: ${address}`]))).status;

  const memory = ["--registry", "memory", "--broker", "memory"];

  for (const program of ["api", "sidecar", "web", "dev", "agent"])
    it(`ends one request of ${program} at most, is logged, and the program goes on`, async () => {
      const address = `127.0.0.1:${await freePort()}`;
      const others = ["--sidecar_address", "127.0.0.1:0", "--web_address", "127.0.0.1:0"];
      const flags: Readonly<Record<string, readonly string[]>> = {
        dev: ["--api_address", address, ...others, ...memory],
        agent: ["--agent_address", address],
      };
      await using micro = await run(
        program,
        address,
        flags[program] ?? [`--${program}_address`, address, ...memory],
      );
      micro.child.kill("SIGUSR2");
      await micro.output(/boom of nobody[\s\S]*boom of nobody/);
      assert.equal(await live(address), 200);
      if (program !== "agent") await throwEverywhere(address, micro);
      assert.equal(micro.child.exitCode, null);
      micro.child.kill("SIGTERM");
      assert.equal(await micro.closed(), 0);
    });

  async function throwEverywhere(address: string, micro: Running): Promise<void> {
    for (const hook of hooks)
      for (const way of ways) {
        if (hook === "preSerialization") continue; // texts have none
        const id = `${hook}.${way}`;
        const headers = [`Host: ${address}`, `X-Throw: ${id}`, `X-Request-Id: ${id}`];
        const { status, body } = await raw(address, rawRequest("GET", "/health/live", headers), 5000);
        assert.equal(status, hook === "onResponse" ? 200 : 500, id);
        assert.doesNotMatch(body, /boom/);
        await micro.output(new RegExp(`boom[^\\n]*"request":"${id}"|"request":"${id}"[^\\n]*boom`));
        assert.equal(await live(address), 200, id);
      }
  }
});
