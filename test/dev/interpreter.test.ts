import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { commandFor } from "../../src/dev/interpreter.js";

describe("how micro dev runs a file", () => {
  for (const [file, command, before] of [
    ["a.js", process.execPath, []],
    ["a.mjs", process.execPath, []],
    ["a.cjs", process.execPath, []],
    ["a.py", "python3", ["-u"]],
    ["a.rb", "ruby", []],
  ] as const)
    it(`${file}: with ${command === process.execPath ? "this Node" : command}`, () => {
      assert.deepEqual(commandFor(file), [command, ...before, resolve(file)]);
    });

  it("a program without an extension: by itself", () => {
    assert.deepEqual(commandFor("bin/app"), [resolve("bin/app")]);
  });

  it("TypeScript: with the tsx of the project that the file is in", () => {
    const argv = commandFor("src/a.ts");
    assert.deepEqual([argv[0], argv[1], argv.at(-1)], [process.execPath, "--import", resolve("src/a.ts")]);
    assert.match(argv[2] ?? "", /^file:.*\/node_modules\/tsx\//);
  });

  it("TypeScript outside of any project with tsx: with Node's own type stripping, or not at all", (t) => {
    const folder = mkdtempSync(join(tmpdir(), "micro-interpreter-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "a.ts");
    if (process.allowedNodeEnvironmentFlags.has("--experimental-strip-types"))
      assert.deepEqual(commandFor(file).slice(1), ["--experimental-strip-types", file]);
    else assert.throws(() => commandFor(file), { code: 500, reason: "BACKEND_MISSING" });
  });
});
