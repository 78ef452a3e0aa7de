import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Installed, install } from "../support/programs/installed.js";

interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin: Readonly<Record<string, string>>;
}

describe("the published package", () => {
  let installed: Installed;
  let folder: string;

  before(async () => {
    installed = await install();
    folder = join(installed.folder, "node_modules/micro-toolkit");
  });
  after(() => installed[Symbol.dispose]());

  const filesOf = () =>
    readdirSync(folder, { recursive: true, withFileTypes: true, encoding: "utf8" })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));

  it("has the code and the types of every entry, and the command", () => {
    const { exports, bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
    const targets = Object.values(exports).flatMap((entry) =>
      typeof entry === "string" ? [entry] : Object.values(entry),
    );
    const missing = [...targets, ...Object.values(bin)].filter((target) => !existsSync(join(folder, target)));
    assert.deepEqual(missing, []);
  });

  it("has what the command needs beside its code", () => {
    const needed = [
      "oclif.manifest.json",
      "dist/cli/micro.cjs",
      "dist/ui/index.html",
      "dist/examples/greeter/srv.js",
    ];
    assert.deepEqual(
      needed.filter((file) => !existsSync(join(folder, file))),
      [],
    );
  });

  it("has no tests, no sources, and nothing that a tool left behind", () => {
    const strange =
      /^(src|test|bench|ui|scripts|api-reference|\.)|(^|\/)(node_modules|\.[^/]+|.*\.tsbuildinfo|.*\.tgz)$/;
    assert.deepEqual(
      filesOf().filter((file) => strange.test(file)),
      [],
    );
  });

  it("has every page that its pages link to", () => {
    const broken: string[] = [];
    for (const page of filesOf().filter((file) => file.endsWith(".md"))) {
      const text = readFileSync(join(folder, page), "utf8");
      for (const [, target = ""] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g))
        if (!/^[a-z]+:/.test(target) && !existsSync(join(folder, dirname(page), target)))
          broken.push(`${page}: ${target}`);
    }
    assert.deepEqual(broken, []);
  });
});
