import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { httpServer } from "../../../src/http/server.js";
import { start } from "../../support/programs/process.js";

describe("a listener on a socket file", () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "micro-socket-"));
  });

  after(() => rmSync(folder, { recursive: true }));

  async function listen(file: string): Promise<void> {
    await using http = await httpServer({ name: "go.micro.test", address: `unix:${file}` });
    await http.listen();
  }

  for (const [what, make] of [
    ["a regular file", (file: string) => writeFileSync(file, "dear")],
    ["an empty file", (file: string) => writeFileSync(file, "")],
    ["a folder", (file: string) => mkdirSync(file)],
    ["a FIFO", (file: string) => assert.equal(spawnSync("mkfifo", [file]).status, 0)],
    ["a link to a file", link],
    ["a link to nothing", (file: string) => symlinkSync(join(folder, "nothing"), file)],
  ] as const)
    it(`never removes ${what} in its place, and reports it`, async () => {
      const file = join(folder, what.replaceAll(" ", "-"));
      make(file);
      await assert.rejects(listen(file), {
        code: 500,
        reason: "IO_ERROR",
        detail: /the file exists and is not a socket/,
      });
      assert.ok(lstatSync(file));
    });

  function link(file: string): void {
    writeFileSync(`${file}-target`, "dear");
    symlinkSync(`${file}-target`, file);
  }

  it("does not change the target of a link", async () => {
    assert.equal(readFileSync(join(folder, "a-link-to-a-file-target"), "utf8"), "dear");
  });

  it("does not replace a listening socket", async () => {
    const file = join(folder, "live");
    const other = createServer();
    await once(other.listen(file), "listening");
    await assert.rejects(listen(file), { reason: "ADDRESS_IN_USE" });
    assert.ok(existsSync(file));
    other.close();
    await once(other, "close");
  });

  it("replaces the socket of a dead process", async () => {
    const file = join(folder, "dead");
    const script = `require("node:net").createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, "SIGKILL"))`;
    await using died = start(process.execPath, ["-e", script]);
    assert.equal(await died.closed(), "SIGKILL");
    assert.ok(lstatSync(file).isSocket());
    await listen(file);
  });
});
