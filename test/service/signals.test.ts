import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MicroError } from "../../src/core/errors.js";
import type { MicroService } from "../../src/service/index.js";
import { eventually } from "../../src/testing/eventually.js";
import { bundled } from "../support/programs/bundled.js";
import { type Running, start } from "../support/programs/process.js";
import { System } from "../support/programs/system.js";

const name = "go.micro.srv.greeter";
const program = await bundled("programs/greeter-node");

describe("a signal that asks a service to end", () => {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const)
    it(`has it deregister, drain and exit with 0 (${signal})`, async () => {
      await using system = await System.open();
      await using greeter = await run(system);
      greeter.child.kill(signal);
      assert.equal(await greeter.closed(), 0);
      await gone(system.service("go.micro.srv.caller"));
    });

  for (const signal of ["SIGHUP", "SIGQUIT"] as const)
    it(`ends it at once when it comes a second time (${signal})`, async () => {
      await using system = await System.open();
      await using greeter = await run(system, { flags: ["--drain_delay=60s"] });
      greeter.child.kill(signal);
      const caller = system.service("go.micro.srv.caller");
      await eventually(() => gone(caller));
      greeter.child.kill(signal);
      assert.equal(await greeter.closed(), signal);
    });

  for (const [shell, line] of [
    ["bash", 'nohup "$@"'],
    ["bash", "trap '' HUP; \"$@\"; exit $?"],
    ["dash", "trap '' HUP; \"$@\"; exit $?"],
    // as nohup does where its input is a terminal; dash does not name what it starts
    ["dash", 'unset _; "$@" 0> /dev/null; exit $?'],
  ] as const)
    it(`is not SIGHUP for a service that was started to stay: ${shell}: ${line}`, async () => {
      await using system = await System.open();
      await using greeter = await run(system, { under: [shell, "-c", line, shell] });
      const { client } = system.service("go.micro.srv.caller");
      const { node: pid } = await client.call<{ node: number }>(name, "Say.Hello", {});
      process.kill(pid, "SIGHUP");
      process.kill(pid, "SIGHUP");
      await client.call(name, "Say.Hello", {});
      process.kill(pid, "SIGTERM");
      assert.equal(await greeter.closed(), 0);
    });

  it("is not SIGHUP if the application listens for it", async () => {
    await using system = await System.open();
    const own = 'data:text/javascript,process.on("SIGHUP", () => console.log("read again"))';
    await using greeter = await run(system, { options: ["--import", own] });
    greeter.child.kill("SIGHUP");
    await greeter.output(/read again/);
    await system.service("go.micro.srv.caller").client.call(name, "Say.Hello", {});
    greeter.child.kill("SIGTERM");
    assert.equal(await greeter.closed(), 0);
  });
});

interface RunOptions {
  /** Of the service. */
  readonly flags?: readonly string[];
  /** Of Node. */
  readonly options?: readonly string[];
  readonly under?: readonly string[];
}

async function run(
  { registry }: System,
  { flags = ["--drain_delay=0s"], options = [], under = [] }: RunOptions = {},
): Promise<Running> {
  const node = [process.execPath, ...options, program];
  const [command = "", ...args] = [...under, ...node, `--registry_address=${registry}`, ...flags];
  const greeter = start(command, args);
  await greeter.output(/"serving"/);
  return greeter;
}

async function gone({ registry }: MicroService): Promise<void> {
  await assert.rejects(registry.getService(name), (error) => MicroError.is(error) && error.code === 404);
}
