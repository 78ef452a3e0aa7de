import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { start } from "./process.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The package as users get it: packed, and unpacked into a folder of its own. */
export interface Installed extends Disposable {
  readonly folder: string;
  /** `bin/run.js` of it. */
  readonly bin: string;
}

/** Packs the build and installs it; what it depends on is linked, so that no network is needed. */
export async function install(): Promise<Installed> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "micro-installed-")));
  await run("npm", ["pack", root, "--ignore-scripts", "--pack-destination", folder], folder);
  const [tarball = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  const modules = join(folder, "node_modules");
  const own = join(modules, "micro-toolkit");
  mkdirSync(own, { recursive: true });
  await run("tar", ["-xzf", tarball, "-C", own, "--strip-components=1", "--no-same-owner"], folder);
  for (const name of readdirSync(join(root, "node_modules")))
    if (name !== "micro-toolkit" && !name.startsWith("."))
      symlinkSync(join(root, "node_modules", name), join(modules, name));
  return {
    folder,
    bin: join(own, "bin/run.js"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  await using running = start(command, args, { cwd });
  assert.equal(await running.closed(), 0, running.stderr);
}
