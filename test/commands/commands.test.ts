import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { packageFile } from "../../src/core/files/package-file.js";
import { needsThat } from "../support/needs.js";
import { InProcess } from "../support/programs/in-process.js";
import { System } from "../support/programs/system.js";
import { type CommandCase, commandCases } from "./cases.js";

/** Programs that serve, and a path to ask them for. */
const programs = {
  agent: { address: "--agent_address=127.0.0.1:0", path: "/v1/status/leader" },
  api: { address: "--api_address=127.0.0.1:0", path: "/openapi.json" },
  sidecar: { address: "--sidecar_address=127.0.0.1:0", path: "/registry" },
  web: { address: "--web_address=127.0.0.1:0", path: "/registry" },
};

const built = needsThat(
  () => existsSync(packageFile("dist/ui/index.html")),
  "the dashboard is not built: npm run build",
);

/** Commands that go on until they are ended. */
const following = ["subscribe", "watch"];

describe("commands", { timeout: 60_000 }, () => {
  const [folder, home] = [process.cwd(), mkdtempSync(join(tmpdir(), "micro-commands-"))];
  let system: System;
  let commands: InProcess;

  before(async () => {
    system = await System.open();
    const greeter = system.service("go.micro.srv.greeter", { version: "1.2.0" });
    const hello = { request: z.object({ name: z.string() }), response: z.object({ msg: z.string() }) };
    greeter.handle("Say.Hello", hello, async ({ name }) => ({ msg: `Hello ${name}` }));
    const count = { request: z.object({ count: z.number() }), response: z.object({ count: z.number() }) };
    greeter.stream("Count.Up", count, async function* (requests) {
      for await (const request of requests) {
        for (let at = 1; at <= request.count; at++) yield { count: at };
        return;
      }
    });
    await greeter.start();
    commands = await InProcess.open();
    process.chdir(home);
    Object.assign(process.env, {
      MICRO_REGISTRY_ADDRESS: system.registry,
      MICRO_NO_INPUT: "1",
      MICRO_DRAIN_DELAY: "0",
      XDG_CONFIG_HOME: join(home, "config"),
    });
  });

  after(async () => {
    process.chdir(folder);
    await system[Symbol.asyncDispose]();
    rmSync(home, { recursive: true });
  });

  it("have a test case each", () => {
    const files = readdirSync(fileURLToPath(new URL("../../src/commands", import.meta.url)), {
      recursive: true,
      encoding: "utf8",
    }).filter((file) => file.endsWith(".ts"));
    const covered = [...Object.keys(commandCases), ...Object.keys(programs), ...following].sort();
    assert.deepEqual(covered, files.map((file) => file.replace(/\.ts$/, "")).sort());
  });

  async function check(command: string, { words, prints, code = 0, input }: CommandCase): Promise<void> {
    const { stdout, stderr, ...ended } = await commands.run([...command.split("/"), ...words], input);
    const text = stdout + stderr;
    if (typeof prints === "string") assert.equal(text, prints);
    else assert.match(text, prints);
    assert.equal(ended.code, code, text);
  }

  for (const [command, cases] of Object.entries(commandCases))
    for (const each of cases)
      it(`micro ${[command.replace("/", " "), ...each.words].join(" ")}`, () => check(command, each));

  for (const [name, { address, path }] of Object.entries(programs))
    it(`micro ${name} serves until it is told to end`, name === "web" ? built : {}, async () => {
      const running = commands.start([name, address, "--json"]);
      const ready = JSON.parse(await running.output(/"event":"ready".*\n/)) as { url: string };
      assert.equal((await fetch(new URL(path, ready.url))).status, 200);
      running.stop();
      assert.equal((await running.ended).code, 0);
    });

  it("micro watch prints what is registered, then each change, until it is ended", async () => {
    const running = commands.start(["watch"]);
    await running.output(/\tcreate\tgo\.micro\.srv\.greeter\t1\.2\.0\t/);
    const other = system.service("go.micro.srv.other");
    await other.start();
    await running.output(/\tcreate\tgo\.micro\.srv\.other\t/);
    await other.close();
    await running.output(/\tdelete\tgo\.micro\.srv\.other\t/);
    running.stop();
    assert.equal((await running.ended).code, 143);
  });

  it("micro subscribe prints each message, as many as asked for", async () => {
    const running = commands.start(["subscribe", "orders", "--count=1"]);
    await running.output(/subscribed to orders\n/);
    await system.service("go.micro.srv.shop").client.publish("orders", { id: 7 });
    const { code, stdout } = await running.ended;
    assert.equal(code, 0);
    assert.match(stdout, /^\{"time":.*"topic":"orders",.*"body":\{"id":7\},"encoding":"json"\}\n$/);
  });
});
