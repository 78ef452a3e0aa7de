import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { writeFiles } from "../../src/cli/project/write-files.js";

describe("the files of a project", () => {
  it("stay as they are where a folder has the place of one", () => {
    const folder = mkdtempSync(join(tmpdir(), "micro-files-"));
    const before = process.cwd();
    process.chdir(folder);
    try {
      mkdirSync("foo/main.ts", { recursive: true });
      writeFileSync("foo/package.json", "mine");
      const write = () => writeFiles("foo", { "package.json": "{}", "main.ts": "" }, () => undefined);
      assert.throws(write, /main\.ts" exists and is not a file/);
      assert.equal(readFileSync("foo/package.json", "utf8"), "mine");
      assert.deepEqual(readdirSync("foo").sort(), ["main.ts", "package.json"]);
    } finally {
      process.chdir(before);
      rmSync(folder, { recursive: true });
    }
  });
});
