import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventually } from "../../src/testing/eventually.js";
import { freePort } from "../support/free-port.js";
import { bundled } from "../support/programs/bundled.js";
import { type Running, start } from "../support/programs/process.js";
import { System } from "../support/programs/system.js";

const name = "go.micro.srv.clustered";
const program = await bundled("programs/cluster-node");

describe("services in the workers of a cluster", { timeout: 120_000 }, () => {
  it("have a port each: every one gets every message, they share calls, and end by themselves", async () => {
    await using system = await System.open();
    await using nodes = run(system, 3);
    const caller = system.service("go.micro.srv.caller");
    await eventually(async () => {
      assert.equal(lines(nodes, /"serving"/).length, 3, nodes.stderr);
      assert.equal((await caller.registry.getService(name))[0]?.nodes.length, 3);
    }, 30_000);
    for (let at = 0; at < 10; at++) await caller.client.publish("clustered", { at });
    for (const worker of [1, 2, 3])
      await eventually(() => assert.equal(lines(nodes, new RegExp(`worker ${worker} got`)).length, 10));
    const said = await Promise.all(
      Array.from({ length: 200 }, () => caller.client.call<{ id: number }>(name, "Say.Who", {})),
    );
    assert.deepEqual([...new Set(said.map(({ id }) => id))].sort(), [1, 2, 3]);
    nodes.child.kill("SIGTERM");
    assert.equal(await nodes.closed(), 0);
    assert.equal(lines(nodes, /exit 0/).length, 3, nodes.stdout + nodes.stderr);
  });

  for (const flag of ["--server_address", "--broker_address"])
    it(`end with an error that says why where ${flag} names one port for all`, async () => {
      await using system = await System.open();
      const flags = [`${flag}=127.0.0.1:${await freePort()}`];
      await using nodes = run(system, 2, flags);
      await nodes.output(
        /error: .*listen on "127\.0\.0\.1:\d+".* each worker of a cluster needs a port of its own/,
        30_000,
      );
      await nodes.output(/exit 1/);
      await nodes.output(/"serving"/);
      assert.equal(lines(nodes, /exit/).length, 1, nodes.stdout);
      assert.equal(
        (await system.service("go.micro.srv.caller").registry.getService(name))[0]?.nodes.length,
        1,
      );
    });
});

function run({ registry }: System, workers: number, flags: readonly string[] = []): Running {
  return start(process.execPath, [program, `--registry_address=${registry}`, ...flags], {
    env: { WORKERS: String(workers) },
  });
}

function lines({ stdout, stderr }: Running, pattern: RegExp): string[] {
  return (stdout + stderr).split("\n").filter((line) => pattern.test(line));
}
