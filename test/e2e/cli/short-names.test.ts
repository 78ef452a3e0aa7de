import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { sidecar } from "../../../src/sidecar/index.js";
import { micro, startMicro } from "../../support/programs/micro.js";
import { System } from "../../support/programs/system.js";

const name = "go.micro.srv.greeter";

describe("the last label of a service instead of its name", () => {
  let system: System;
  let folder: string;
  const flags: Record<string, string> = {};
  const closing: { close(): Promise<void> }[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "micro-names-"));
    system = await System.open();
    const greeter = system.service(name, { version: "1.2.0" });
    greeter.handle("Say.Hello", {}, async (request) => request);
    greeter.stream("Say.Count", {}, async function* () {
      yield { at: 1 };
    });
    await greeter.start();
    for (const other of ["a.twice", "b.twice"]) {
      const twice = system.service(other);
      twice.handle("Say.Hello", {}, async () => ({}));
      await twice.start();
    }
    const beside = await sidecar(system.service("go.micro.sidecar"), { address: "127.0.0.1:0" });
    closing.push(beside);
    flags.direct = `--registry_address=${system.registry}`;
    flags.sidecar = `--proxy_address=${beside.address}`;
  });

  after(async () => {
    rmSync(folder, { recursive: true });
    for (const each of closing) await each.close();
    await system[Symbol.asyncDispose]();
  });

  const commands: readonly (readonly [words: string, seen: RegExp])[] = [
    ["get service NAME", /go\.micro\.srv\.greeter/],
    ["get service NAME --service_version 1.2.0", /version 1\.2\.0/],
    ["get service NAME --wait --wait_timeout 5s", /go\.micro\.srv\.greeter/],
    ["health NAME --any --wait", /\tok/],
    ["health NAME --wait --wait_timeout 5s", /\tok/],
    ["stats NAME", /mb/],
    ["query NAME Say.Hello {}", /\{/],
    ["query NAME Say.Hello {} --service_version 1.2.0", /\{/],
    ["stream NAME Say.Count", /"at":1/],
    ["stream NAME Say.Count --service_version 1.2.0", /"at":1/],
    ["explain NAME Say.Hello", /go\.micro\.srv\.greeter/],
    ["bench NAME Say.Hello -n 2 --warmup 1ms", /./],
    ["gen client NAME --force", /creating go\.micro\.srv\.greeter\.ts/],
  ];
  for (const way of ["direct", "sidecar"])
    for (const [words, seen] of commands)
      it(`micro ${words} (${way})`, async () => {
        const args = words.replace("NAME", "greeter").split(" ");
        const { code, stdout, stderr } = await micro([...args, flags[way] ?? ""], { cwd: folder });
        assert.equal(code, 0, stderr);
        assert.match(stdout, seen);
      });

  for (const way of ["direct", "sidecar"])
    for (const words of [
      "watch greeter",
      "get service greeter --watch",
      "health greeter --watch",
      "stats greeter --watch",
    ])
      it(`micro ${words} (${way})`, async () => {
        await using running = startMicro([...words.split(" "), flags[way] ?? ""]);
        await running.output(/go\.micro\.srv\.greeter/);
        assert.doesNotMatch(running.stdout, /twice/);
      });

  for (const words of [
    "watch",
    "get service",
    "get service --wait",
    "health",
    "health --wait",
    "stats",
    "gen client",
  ])
    it(`micro ${words} refuses a label that two services have`, async () => {
      const { code, stderr } = await micro([...words.split(" "), "twice", flags.direct ?? ""], {
        cwd: folder,
      });
      assert.equal(code, 3, stderr);
      assert.match(stderr, /"twice" could be a\.twice, b\.twice/);
    });

  it("watches for, and waits for, a service that is not there yet", async () => {
    await using watching = startMicro(["watch", "later", flags.direct ?? ""]);
    await using waiting = startMicro(["get", "service", "later", "--wait", flags.direct ?? ""]);
    const later = system.service("go.micro.srv.later");
    later.handle("Say.Hello", {}, async () => ({}));
    await later.start();
    await watching.output(/create\tgo\.micro\.srv\.later/);
    assert.equal(await waiting.closed(), 0, waiting.stderr);
    assert.doesNotMatch(watching.stdout, /greeter/);
  });
});
