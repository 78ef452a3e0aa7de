import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { agent } from "../../src/agent/index.js";
import { MicroError } from "../../src/core/errors.js";
import { type MicroService, service } from "../../src/service/index.js";
import { eventually } from "../../src/testing/eventually.js";
import { FullFile } from "../support/full-file.js";
import { bundled } from "../support/programs/bundled.js";
import type { Running } from "../support/programs/process.js";

const name = "go.micro.srv.faulty";
const program = await bundled("faulty");

describe("a service whose log cannot be written", () => {
  for (const format of ["json", "text"])
    it(`loses lines, keeps running, and reports it once when it can write again (${format})`, async () => {
      using log = new FullFile();
      const registry = await agent({ address: "127.0.0.1:0" });
      const { address } = registry;
      await using caller = callerAt(address);
      await using faulty = run(log, address, format);
      await registered(caller);
      const thrown = caller.client.call(name, "Throw.It", { what: "text" });
      await assert.rejects(thrown, { code: 500, detail: /internal error, see the log/ });
      await registry.close();
      await using again = await agent({ address });
      assert.ok(again);
      await registered(caller);
      log.empty();
      await assert.rejects(caller.client.call(name, "Throw.It", { what: "text" }), { code: 500 });
      await assert.rejects(caller.client.call(name, "Throw.It", { what: "text" }), { code: 500 });
      assert.equal(log.text.match(/lines were lost/g)?.length, 1, log.text);
      assert.match(log.text, /File too large|EFBIG/);
      if (format === "json") assert.ok(log.text.trim().split("\n").every(isObject), log.text);
      faulty.child.kill("SIGTERM");
      await eventually(() => gone(caller));
    });

  it("drains and exits with 1 after an uncaught error", async () => {
    using log = new FullFile();
    await using registry = await agent({ address: "127.0.0.1:0" });
    await using caller = callerAt(registry.address);
    await using faulty = run(log, registry.address, "json");
    await registered(caller);
    await caller.client.call(name, "Leave.Throw", {});
    assert.equal(await faulty.closed(), 1);
    await gone(caller);
  });

  it("exits with 2 for wrong settings", async () => {
    using log = new FullFile();
    await using wrong = run(log, "a:b:c:d!", "json");
    assert.equal(await wrong.closed(), 2);
  });
});

function run(log: FullFile, registry: string, format: string): Running {
  const flags = [`--registry_address=${registry}`, "--register_interval=200ms"];
  return log.start([2], [process.execPath, program, ...flags], { MICRO_LOG_FORMAT: format });
}

function callerAt(registry: string): MicroService {
  return service({ name: "go.micro.srv.caller", registryAddress: [registry], argv: [], env: {} });
}

async function registered({ registry }: MicroService): Promise<void> {
  await eventually(async () => assert.equal((await registry.getService(name))[0]?.nodes.length, 1));
}

async function gone({ registry }: MicroService): Promise<void> {
  await assert.rejects(registry.getService(name), (error) => MicroError.is(error) && error.code === 404);
}

function isObject(line: string): boolean {
  return typeof JSON.parse(line) === "object";
}
