import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { sidecar } from "../../../src/sidecar/index.js";
import { micro, startMicro } from "../../support/programs/micro.js";
import { System } from "../../support/programs/system.js";

const mostBytes = 4 * 1024 * 1024;

describe("where a body comes from", () => {
  let system: System;
  let direct: string;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "micro-body-"));
    system = await System.open();
    direct = `--registry_address=${system.registry}`;
    execFileSync("mkfifo", [join(folder, "fifo")]);
    writeFileSync(join(folder, "huge"), "");
    truncateSync(join(folder, "huge"), 1024 ** 4);
    writeFileSync(join(folder, "most"), Buffer.alloc(mostBytes, 0x20));
  });

  after(async () => {
    rmSync(folder, { recursive: true });
    await system[Symbol.asyncDispose]();
  });

  it("refuses what is no file, and a file beyond the limit, at once", async () => {
    const cases: readonly (readonly [string, number, RegExp])[] = [
      ["/dev/zero", 2, /"\/dev\/zero" cannot be read: it is a device, not a file/],
      [join(folder, "fifo"), 2, /it is a FIFO, not a file/],
      [folder, 2, /it is a folder, not a file/],
      [join(folder, "none"), 2, /ENOENT/],
      [join(folder, "huge"), 4, /it has more than 4194304 bytes/],
    ];
    const commands = [
      ["publish", "t"],
      ["query", "a", "B.C"],
      ["stream", "a", "B.C"],
      ["register", "service"],
      ["deregister", "service"],
    ];
    for (const command of commands)
      for (const [path, code, text] of cases)
        for (const source of [[`@${path}`], ["--file", path]]) {
          const ran = await micro([...command, ...source, direct, "--timeout=20s"]);
          assert.equal(ran.code, code, `${command} ${source}: ${ran.stderr}`);
          assert.match(ran.stderr, text);
        }
  });

  it("takes a file, and a pipe at standard input, up to the limit", async () => {
    const bytes = async (args: string[], input?: Buffer) =>
      JSON.parse((await micro(["publish", "t", ...args, direct, "--json"], { input })).stdout).published
        .bytes;
    assert.equal(await bytes([`@${join(folder, "most")}`]), mostBytes);
    assert.equal(await bytes(["-"], Buffer.alloc(mostBytes)), mostBytes);
    const { code, stderr } = await micro(["publish", "t", "-", direct], {
      input: Buffer.alloc(mostBytes + 1),
    });
    assert.equal(code, 4, stderr);
  });

  it("ends at --timeout, SIGTERM and SIGINT while standard input says nothing", async () => {
    const commands = [
      ["publish", "t", "-"],
      ["publish", "t", "--file=-"],
      ["query", "a", "B.C", "-"],
      ["bench", "a", "B.C", "-"],
      ["register", "service", "-"],
      ["deregister", "service", "-"],
    ];
    for (const command of commands) {
      await using silent = startMicro([...command, direct, "--timeout=1s"], { silent: true });
      assert.equal(await silent.closed(), 6, `${command}: ${silent.stderr}`);
      assert.match(silent.stderr, /not done within 1s/);
    }
    for (const [signal, code] of [["SIGTERM", 143] as const, ["SIGINT", 130] as const]) {
      await using silent = startMicro(["publish", "t", "-", direct], { silent: true });
      // more than a pipe holds: it is taken once the command reads
      const { stdin } = silent.child;
      await new Promise((taken) => stdin?.write(Buffer.alloc(mostBytes / 4), taken));
      silent.child.kill(signal);
      assert.equal(await silent.closed(), code, silent.stderr);
    }
  });

  it("ends a stream at --timeout while its lines do not come", async () => {
    const echo = system.service("go.micro.srv.silent");
    echo.stream("Say.Echo", {}, async function* (requests) {
      yield* requests;
    });
    await echo.start();
    await using silent = startMicro(
      ["stream", "go.micro.srv.silent", "Say.Echo", "-", direct, "--timeout=2s"],
      { silent: true },
    );
    assert.equal(await silent.closed(), 6, silent.stderr);
  });

  it("keeps the content type of a form, also through a sidecar", async () => {
    const type = "application/x-www-form-urlencoded";
    const beside = await sidecar(system.service("go.micro.sidecar"), { address: "127.0.0.1:0" });
    try {
      for (const way of [direct, `--proxy_address=${beside.address}`]) {
        await using subscriber = startMicro(["subscribe", "forms", "--count=1", way]);
        await subscriber.output(/subscribed to forms/);
        const { code, stderr } = await micro(["publish", "forms", "a=1&b=2", `--content_type=${type}`, way]);
        assert.equal(code, 0, stderr);
        await subscriber.closed();
        const { header, body } = JSON.parse(subscriber.stdout);
        assert.deepEqual([header["Content-Type"], body], [type, "a=1&b=2"], way);
      }
    } finally {
      await beside.close();
    }
  });
});
