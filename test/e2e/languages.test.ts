import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { z } from "zod";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { service } from "../../src/service/index.js";
import { openSidecar, ownService } from "../sidecar/open-sidecar.js";
import { ask } from "../support/ask.js";
import { needs } from "../support/needs.js";
import { micro } from "../support/programs/micro.js";
import { type Running, start } from "../support/programs/process.js";

const examples = new URL("../../examples/greeter/", import.meta.url).pathname;
const languages = [
  { name: "Python", command: "python3", folder: `${examples}python`, ending: "py" },
  { name: "Ruby", command: "ruby", folder: `${examples}ruby`, ending: "rb" },
] as const;
type Language = (typeof languages)[number];

const greeter = "go.micro.srv.greeter";

/** Runs a program of the greeter, which finds the sidecar by its variable. */
function run(
  { command, folder, ending }: Language,
  program: string,
  server: HttpServer,
  ...args: string[]
): Running {
  const env = { MICRO_PROXY_ADDRESS: server.address, PYTHONDONTWRITEBYTECODE: "1" };
  return start(command, [`${folder}/${program}.${ending}`, ...args], { env });
}

async function output(running: Running): Promise<{ code: number; text: string }> {
  const [code] = await once(running.child, "close");
  return { code, text: running.stdout + running.stderr };
}

/** Resolves when the registry has the greeter, with its answer. */
async function registered(registry: MemoryRegistry) {
  const signal = AbortSignal.timeout(20_000);
  for await (const { action, service } of registry.watch({ service: greeter, signal }))
    if (action !== "delete") return service;
  return assert.fail("the greeter was not registered");
}

describe("the greeter in other languages", needs("python3", "ruby"), () => {
  for (const language of languages) {
    it(`in ${language.name} is called by TypeScript, by the command line and by every other, checks its input, and leaves when it is told`, async () => {
      const registry = new MemoryRegistry();
      await using server = await openSidecar({}, ownService({ registry }));
      await using caller = ownService({ registry });
      await using running = run(language, "srv", server);
      const found = await registered(registry);
      assert.equal(found.version, "1.0.0");
      assert.equal(found.endpoints[0]?.name, "Say.Hello");
      assert.deepEqual(await caller.client.call(greeter, "Say.Hello", { name: "TypeScript" }), {
        msg: "Hello TypeScript",
      });
      for (const other of languages) {
        await using client = run(other, "client", server, other.name);
        assert.deepEqual(await output(client), { code: 0, text: `Hello ${other.name}\n` });
      }
      const asked = ["query", greeter, "Say.Hello", '{"name":"you"}', "--json"];
      const queried = await micro(["--proxy_address", server.address, ...asked]);
      assert.deepEqual(JSON.parse(queried.stdout), { msg: "Hello you" }, queried.stderr);
      assert.equal((await ask(server.url, "POST", `/${greeter}/Say.Hello`, "{}")).code, 400);
      assert.equal((await ask(server.url, "POST", `/${greeter}/Say.Nope`, "{}")).code, 404);
      assert.deepEqual(await caller.client.call(greeter, "Debug.Health", {}), { status: "ok" });
      await running.kill("SIGTERM");
      assert.equal(running.child.exitCode, 0);
      await assert.rejects(registry.getService(greeter), { code: 404 });
    });

    it(`in ${language.name} calls the one in TypeScript, and reports its errors`, async () => {
      const registry = new MemoryRegistry();
      await using server = await openSidecar({}, ownService({ registry }));
      await using empty = await openSidecar();
      await using nobody = run(language, "client", empty);
      const failed = await output(nobody);
      assert.notEqual(failed.code, 0);
      assert.match(failed.text, /error: 404 none available/);
      await using srv = service({
        name: greeter,
        registry,
        broker: "memory",
        drainDelay: 0,
        argv: [],
        env: {},
      });
      const types = { request: z.object({ name: z.string() }), response: z.object({ msg: z.string() }) };
      srv.handle("Say.Hello", types, async ({ name }) => ({ msg: `Hello ${name}` }));
      await srv.start();
      await using client = run(language, "client", server, "Ada");
      assert.deepEqual(await output(client), { code: 0, text: "Hello Ada\n" });
    });
  }

  it("in Python subscribes over a WebSocket of its own", async () => {
    await using server = await openSidecar();
    const [python] = languages;
    await using subscriber = run(python, "subscriber", server, "news");
    await subscriber.output(/subscribed to news/);
    await ask(server.url, "POST", "/broker?topic=news", "short", { "X-From": "test" });
    await ask(server.url, "POST", "/broker?topic=news", "é".repeat(40_000));
    await subscriber.output(/\{"header": \{"X-From": "test"\}, "body": "short"\}/);
    await subscriber.output(/"body": "(\\u00e9){40000}"/);
  });
});
