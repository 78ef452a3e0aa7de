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
      const node = command === process.execPath;
      assert.deepEqual(commandFor(file), { command, args: [...before, resolve(file)], node });
    });

  it("a program without an extension: by itself", () => {
    assert.deepEqual(commandFor("bin/app"), { command: resolve("bin/app"), args: [], node: false });
  });

  it("TypeScript: with the tsx of the project that the file is in", () => {
    const { command, args, node } = commandFor("src/a.ts");
    assert.deepEqual(
      [command, args[0], args.at(-1), node],
      [process.execPath, "--import", resolve("src/a.ts"), true],
    );
    assert.match(args[1] ?? "", /^file:.*\/node_modules\/tsx\//);
  });

  it("TypeScript outside of any project with tsx: with Node's own type stripping, or not at all", (t) => {
    const folder = mkdtempSync(join(tmpdir(), "micro-interpreter-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "a.ts");
    if (process.allowedNodeEnvironmentFlags.has("--experimental-strip-types"))
      assert.deepEqual(commandFor(file).args, ["--experimental-strip-types", file]);
    else assert.throws(() => commandFor(file), { code: 500, reason: "BACKEND_MISSING" });
  });
});
