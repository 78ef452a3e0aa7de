import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { needs } from "../../support/needs.js";
import { micro, microOnTerminal, startMicro } from "../../support/programs/micro.js";
import { System } from "../../support/programs/system.js";

const bin = fileURLToPath(new URL("../../../bin/run.js", import.meta.url));

describe("the command line on a terminal", needs("python3"), () => {
  let system: System;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    system = await System.open();
    env = { MICRO_REGISTRY_ADDRESS: system.registry };
    const greeter = system.service("go.micro.srv.greeter");
    const hello = { request: z.object({ name: z.string() }), response: z.object({ msg: z.string() }) };
    greeter.handle("Say.Hello", hello, async ({ name }) => ({ msg: `Hello ${name}` }));
    greeter.stream("Count.Forever", {}, async function* (_requests, { signal }) {
      for (let count = 0; !signal.aborted; count++) yield { count };
    });
    greeter.handle("Say.Never", {}, async (_request, { signal }) => {
      await once(signal, "abort");
      return {};
    });
    await greeter.start();
  });

  after(() => system[Symbol.asyncDispose]());

  it("draws a coloured table for people, and plain text with --plain", async () => {
    const human = await microOnTerminal(["ls"], { env });
    assert.equal(human.code, 0);
    assert.match(human.stdout, /NAME.*VERSIONS.*NODES.*HEALTH/);
    assert.ok(human.stdout.includes("\u001b["));
    const plain = await microOnTerminal(["ls", "--plain"], { env });
    assert.equal(plain.stdout, "go.micro.srv.greeter\n");
  });

  for (const without of [{ NO_COLOR: "1" }, { TERM: "dumb" }, { MICRO_NO_COLOR: "1" }])
    it(`uses no colour with ${JSON.stringify(without)}`, async () => {
      const { stdout } = await microOnTerminal(["ls"], { env: { ...env, ...without } });
      assert.match(stdout, /NAME/);
      assert.ok(!stdout.includes("\u001b["), JSON.stringify(stdout));
    });

  it("indents JSON on a terminal", async () => {
    const { stdout } = await microOnTerminal(["ls", "--json"], { env });
    assert.match(stdout, /^\[\n {2}\{\n/);
  });

  for (const columns of [20, 59, 60, 80, 300])
    it(`fits ${columns} columns`, async () => {
      const { stdout } = await microOnTerminal(["ls"], { env: { ...env, NO_COLOR: "1" }, columns });
      const longest = Math.max(...stdout.split("\n").map((line) => line.length));
      assert.ok(columns < 60 || longest <= columns, `${longest}: ${stdout}`);
      assert.match(stdout, columns < 60 ? /^name: go\.micro/ : /^NAME/);
    });

  it("leads to a request with questions, and shows the command that says the same", async () => {
    const typing = [
      ["Which service?", "\r"],
      ["Which method?", "\u001b[B\r"],
      ["name (string)", "Ann\r"],
    ] as const;
    const { code, stdout } = await microOnTerminal(["query"], { env, typing });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /micro query go\.micro\.srv\.greeter Say\.Hello '\{"name":"Ann"\}'/);
    assert.match(stdout, /Hello Ann/);
  });

  it("ends with 130 when a question is answered with Ctrl-C", async () => {
    const { code } = await microOnTerminal(["query"], { env, typing: [["Which service?", "\u0003"]] });
    assert.equal(code, 130);
  });

  it("in micro cli, Ctrl-C ends a command without end, and lines after it count", async () => {
    const typing: [string, string][] = [
      ["micro> ", "health greeter --watch\r"],
      ["NODE", "\u0003"],
      ["micro> ", "subscribe orders\r"],
      ["subscribed", "\u0003"],
      ["micro> ", "half a line\u0003"],
      ["micro> ", "cli\r"],
      // the second line comes with the first, and is not lost
      ["micro> ", "list services --plain\rexit\r"],
    ];
    const { code, stdout } = await microOnTerminal(["cli"], {
      // nothing of the user, and nothing written: the history of lines has no place there
      env: { ...env, HOME: "/proc/nonexistent" },
      typing,
    });
    assert.equal(code, 0, stdout);
    const [, afterCli = ""] = stdout.split("micro cli is open already");
    assert.match(afterCli, /^go\.micro\.srv\.greeter\r?$/m, stdout);
    assert.doesNotMatch(stdout, /unknown command/);
  });

  it("in micro cli, lets a line be typed on that was pasted in half", async () => {
    const again = "micro> \u001b[8Gcontext list --js";
    const typing: [string, string][] = [
      ["micro> ", "list services --plain\rcontext list --js"],
      [again, "on\rexit\r"],
    ];
    const { code, stdout } = await microOnTerminal(["cli"], {
      env: { ...env, HOME: "/proc/nonexistent" },
      typing,
    });
    assert.equal(code, 0, stdout);
    const [, afterHalf = ""] = stdout.split(again);
    assert.match(afterHalf, /^\[\]$/m, stdout);
    // the half line stands before the output, until it is taken away
    assert.ok(stdout.includes("context list --js\u001b[1G\u001b[0Jgo.micro.srv.greeter"), stdout);
  });

  it("asks nothing with --no_input, with --json, or in CI", async () => {
    for (const quiet of [{ MICRO_NO_INPUT: "1" }, { MICRO_JSON: "1" }, { CI: "1" }])
      assert.equal((await microOnTerminal(["query"], { env: { ...env, ...quiet } })).code, 2);
  });

  it("ends with 130 on Ctrl-C and 143 on SIGTERM, in a call and in a stream", async () => {
    for (const [signal, exit] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const) {
      await using calling = startMicro(["stream", "Count.Forever"], { env });
      await calling.output(/"count":3/);
      calling.child.kill(signal);
      assert.equal(await calling.closed(), exit, calling.stderr);
      const last = calling.stdout.trimEnd().split("\n").at(-1) ?? "";
      assert.doesNotThrow(() => JSON.parse(last), "no half line");
    }
  });

  it("stops quietly, with 0, when its reader closes the pipe", async () => {
    const child = spawn(
      "sh",
      ["-c", '"$0" "$1" stream Count.Forever | head -2; echo "done"', process.execPath, bin],
      {
        env: { ...process.env, ...env, XDG_CONFIG_HOME: "/nonexistent" },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let out = "";
    let err = "";
    child.stdout.on("data", (data) => {
      out += data;
    });
    child.stderr.on("data", (data) => {
      err += data;
    });
    await once(child, "close");
    assert.equal(out, '{"count":0}\n{"count":1}\ndone\n');
    assert.equal(err, "");
  });

  it("loads for list services nothing that it does not use", async () => {
    const heavy = [
      "fastify",
      "undici",
      "inquirer",
      "pino",
      "ioredis",
      "multicast-dns",
      "ws",
      "prom-client",
      "zod",
    ];
    const script = `
      const { Module } = require("node:module");
      const load = Module._load;
      Module._load = function (request, ...rest) { process.stderr.write("loads " + request + "\\n"); return load.call(this, request, ...rest); };
      process.argv = [process.execPath, ${JSON.stringify(bin)}, "list", "services"];
      require(${JSON.stringify(bin)});`;
    const child = spawn(process.execPath, ["-e", script], {
      env: { ...process.env, ...env, XDG_CONFIG_HOME: "/nonexistent" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let err = "";
    child.stderr.on("data", (data) => {
      err += data;
    });
    const [code] = await once(child, "close");
    assert.equal(code, 0, err);
    const loaded = err.match(/^loads (.*)$/gm)?.map((line) => line.slice("loads ".length)) ?? [];
    assert.ok(loaded.length > 3, err);
    for (const name of heavy)
      assert.ok(!loaded.some((each) => each === name || each.startsWith(`${name}/`)), name);
  });
});

describe("the programs of the command line", () => {
  let system: System;

  before(async () => {
    system = await System.open();
  });

  after(() => system[Symbol.asyncDispose]());

  for (const [command, flag, name] of [
    ["api", "--api_address", "go.micro.api"],
    ["sidecar", "--sidecar_address", "go.micro.sidecar"],
    ["web", "--web_address", "go.micro.web"],
  ] as const)
    it(`${command} says when it serves, is in the registry, refuses a taken port, and ends with 0`, async () => {
      const env = { MICRO_REGISTRY_ADDRESS: system.registry, MICRO_DRAIN_DELAY: "0" };
      await using running = startMicro([command, `${flag}=127.0.0.1:0`, "--json"], { env });
      const [, line = ""] = await running.output(/^(\{"event":"ready".*\})$/m);
      const ready = JSON.parse(line);
      assert.equal(ready.name, name);
      const listed = await micro(["get", "service", name, "--wait"], { env });
      assert.equal(listed.code, 0, listed.stderr);
      const taken = await micro([command, `${flag}=${ready.address}`, "--json"], { env });
      assert.equal(taken.code, 1, taken.stdout);
      assert.match(taken.stdout, /"ADDRESS_IN_USE"/);
      running.child.kill("SIGTERM");
      assert.equal(await running.closed(), 0, running.stderr);
    });

  it("agent serves a registry, and says who is there already", async () => {
    await using running = startMicro(["agent", "--agent_address=127.0.0.1:0", "--json"]);
    const [, address = ""] = await running.output(/"address":"([^"]+)"/);
    assert.equal((await micro(["ls", "--json", `--registry_address=${address}`])).stdout, "[]\n");
    const second = await micro(["agent", `--agent_address=${address}`]);
    assert.equal(second.code, 1);
    assert.match(second.stderr, /already answers there/);
    running.child.kill("SIGINT");
    assert.equal(await running.closed(), 0);
  });
});
