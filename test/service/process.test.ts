import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MicroError } from "../../src/core/errors.js";
import { eventually } from "../../src/testing/eventually.js";
import { bundled } from "../support/programs/bundled.js";
import { type Running, start } from "../support/programs/process.js";
import { System } from "../support/programs/system.js";

const program = await bundled("faulty");

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  return start(process.execPath, [program, ...args], { env });
}

describe("a service that owns its process", () => {
  const parts = ["--registry=memory", "--broker=memory"];
  for (const [args, says, env] of [
    [["--registry", "consull"], /registry "consull".*did you mean "consul"\?/],
    [["--registry=memory", "--broker", "kafka"], /broker "kafka": not one of http, memory, nats, redis/],
    [["--registry=memory", "--broker=reddis"], /did you mean "redis"\?/],
    [[...parts, "--transport=htttp"], /transport "htttp".*did you mean "http"\?/],
    [[...parts, "--selector=randon"], /selector "randon".*did you mean "random"\?/],
    [["--registry_address=a:b:c:d!"], /address "a:\*\*\*": not host:port/],
    [[...parts, "--server_address=nowhere"], /--server_address "nowhere": not host:port/],
    [[...parts, "--server_advertise=x:99999"], /--server_advertise "x:99999": not a host/],
    [[...parts, "--register_ttl=soon"], /--register_ttl "soon"/],
    [[...parts, "--server_name"], /--server_name: a value is missing/],
    [["--server_name", ...parts], /--server_name: a value is missing/],
    [[...parts, "--server_name="], /--server_name: a value is missing/],
    [[...parts, "--server_name=../x"], /register service "..\/x": a name is not empty, no path/],
    [["--broker=memory", "--server_name=../x"], /register service "..\/x": a name is not empty, no path/],
    [["--registry=mdns", `--server_name=${"x".repeat(64)}`], /error: name "x{64}.*not a DNS name/],
    [parts, /MICRO_CLIENT_RETRIES "many": not a whole number/, { MICRO_CLIENT_RETRIES: "many" }],
  ] as const)
    it(`ends at once, with exit code 2 and one line, for ${args.join(" ")}`, async () => {
      await using wrong = run(args, env);
      assert.equal(await wrong.closed(), 2);
      assert.match(wrong.stderr, says);
      const lines = wrong.stderr.trim().split("\n");
      assert.equal(lines.length, 1, wrong.stderr);
      assert.match(lines[0] ?? "", /^error: /);
    });

  for (const [method, text] of [
    ["Leave.Rejection", "left behind"],
    ["Leave.Throw", "thrown later"],
  ] as const)
    it(`logs the method of an uncaught error (${method}), drains, and exits with 1`, async () => {
      await using system = await System.open();
      await using faulty = run([`--registry_address=${system.registry}`]);
      const caller = system.service("go.micro.srv.caller");
      await faulty.output(/"serving"/);
      const { client, registry } = caller;
      const slow = client.call("go.micro.srv.faulty", "Work.Slowly", {}, { timeout: 30_000 });
      await faulty.output(/working/);
      await client.call("go.micro.srv.faulty", method, {}, { timeout: 30_000 });
      await faulty.output(/uncaught error/);
      await eventually(() =>
        assert.rejects(
          registry.getService("go.micro.srv.faulty"),
          (error) => MicroError.is(error) && error.code === 404,
        ),
      );
      assert.deepEqual(await slow, { done: true });
      assert.equal(await faulty.closed(), 1);
      const line =
        faulty.stderr.split("\n").find((each) => each.includes("uncaught error: stopping")) ?? "{}";
      const logged = JSON.parse(line) as { method?: string; err?: { message?: string } };
      assert.equal(logged.method, method);
      assert.equal(logged.err?.message, text);
      assert.doesNotMatch(faulty.stderr.split("\n").at(-2) ?? "", /^\s+at /);
    });
});
