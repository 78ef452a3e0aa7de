import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MicroError } from "../../src/core/errors.js";
import { bundled } from "../support/programs/bundled.js";
import { start } from "../support/programs/process.js";
import { System } from "../support/programs/system.js";

const name = "go.micro.srv.threaded";
const program = await bundled("programs/thread-node");

describe("a service that is run in a worker thread", { timeout: 60_000 }, () => {
  for (const [title, flags, warnings] of [
    ["warns once that no signal arrives there", [], 1],
    ["does not warn where it was given a signal to end by", ["--with-signal"], 0],
  ] as const)
    it(`${title}, and deregisters when it is closed from a message`, async () => {
      await using system = await System.open();
      const { registry } = system.service("go.micro.srv.caller");
      await using node = start(process.execPath, [
        program,
        `--registry_address=${system.registry}`,
        ...flags,
      ]);
      await node.output(/"serving"/, 30_000);
      assert.equal((await registry.getService(name))[0]?.nodes.length, 1);
      node.child.kill("SIGTERM");
      assert.equal(await node.closed(), 0);
      assert.match(node.stdout, /thread exit 0/);
      await assert.rejects(registry.getService(name), (error) => MicroError.is(error) && error.code === 404);
      const warned = node.stderr.match(/signals of the process do not arrive here/g) ?? [];
      assert.equal(warned.length, warnings, node.stderr);
    });
});
