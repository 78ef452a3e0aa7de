import assert from "node:assert/strict";
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { needsRoot } from "../../support/needs.js";
import { type Installed, install } from "../../support/programs/installed.js";
import { start } from "../../support/programs/process.js";

const list = ["list", "services", "--registry=memory"];

describe("the compiled code that the installed command keeps", () => {
  let installed: Installed;
  let folder: string;
  let source: string;

  before(async () => {
    installed = await install();
    folder = join(installed.folder, "node_modules/micro-toolkit/dist/cli");
    source = readFileSync(join(folder, "micro.cjs"), "latin1");
  });

  beforeEach(() => {
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, "micro.cjs"), source, "latin1");
    for (const name of caches()) rmSync(join(folder, name));
  });

  after(() => installed[Symbol.dispose]());

  function caches(): string[] {
    return readdirSync(folder).filter((name) => name.includes(".cache"));
  }

  function kept(): string {
    const [name = ""] = caches();
    return join(folder, name);
  }

  async function run(args: readonly string[] = list, env: NodeJS.ProcessEnv = {}, shell?: string) {
    const line = shell ? ["bash", "-c", `${shell}; exec "$0" "$@"`, process.execPath] : [process.execPath];
    await using running = start(line[0] ?? "", [...line.slice(1), installed.bin, ...args], {
      cwd: installed.folder,
      env: { XDG_CONFIG_HOME: "/nonexistent", ...env },
    });
    const code = await running.closed();
    return { code, stdout: running.stdout, stderr: running.stderr };
  }

  async function works(): Promise<void> {
    assert.deepEqual(await run(), { code: 0, stdout: "", stderr: "" });
  }

  it("is kept for this user alone, whatever the umask, and used again", async () => {
    await run(list, {}, "umask 000");
    assert.equal(caches().length, 1);
    const { mode, mtimeMs } = statSync(kept());
    assert.equal(mode & 0o777, 0o600);
    await works();
    assert.equal(statSync(kept()).mtimeMs, mtimeMs, "written again");
  });

  it("is ignored and replaced when one bit of it changed", async () => {
    await works();
    const whole = readFileSync(kept());
    const places = [0, 4, 20, 36, 51, 52, 60, 100, 4096, 65_537, whole.length >> 1, whole.length - 1];
    for (const place of places) {
      const spoilt = Buffer.from(whole);
      spoilt[place] = (spoilt[place] ?? 0) ^ (1 << (place % 8));
      writeFileSync(kept(), spoilt);
      utimesSync(kept(), 1, 1);
      await works();
      assert.notEqual(statSync(kept()).mtimeMs, 1000, `byte ${place}: not replaced`);
    }
    for (const length of [0, 51, 52, whole.length - 1]) {
      writeFileSync(kept(), whole.subarray(0, length));
      await works();
    }
  });

  it("is not run for another source of the same length", async () => {
    await works();
    const message = "unknown command ";
    assert.ok(source.includes(message));
    writeFileSync(join(folder, "micro.cjs"), source.replaceAll(message, "UNKNOWN command "), "latin1");
    assert.match((await run(["frobnicate"])).stderr, /UNKNOWN command/);
  });

  it("is not used under other flags of V8", async () => {
    await works();
    for (const NODE_OPTIONS of ["--interpreted-frames-native-stack", ""]) {
      utimesSync(kept(), 1, 1);
      assert.equal((await run(list, { NODE_OPTIONS })).code, 0);
      assert.notEqual(statSync(kept()).mtimeMs, 1000, `used under "${NODE_OPTIONS}"`);
    }
  });

  it("is neither written nor believed where others can write", async () => {
    await works();
    const whole = readFileSync(kept());
    chmodSync(kept(), 0o666);
    await works();
    assert.equal(statSync(kept()).mode & 0o777, 0o600, "not replaced");
    rmSync(kept());
    chmodSync(folder, 0o777);
    await works();
    assert.deepEqual(caches(), []);
    assert.ok(whole.length > 0);
  });

  it("leaves nothing behind on a full disk", needsRoot("nothing can be mounted"), async () => {
    // room for the bundle, and not for its code
    const room = Math.ceil(statSync(join(folder, "micro.cjs")).size / 4096) * 4 + 16;
    const script = `
      mount -t tmpfs -o size=${room}k tmpfs ${folder}.full && cp ${folder}/micro.cjs ${folder}.full/ &&
      mount --bind ${folder}.full ${folder} && ${process.execPath} ${installed.bin} ${list.join(" ")}; ls ${folder}`;
    await using running = start("unshare", ["--mount", "bash", "-c", `mkdir -p ${folder}.full; ${script}`]);
    assert.equal(await running.closed(), 0, running.stderr);
    assert.deepEqual([running.stdout, running.stderr], ["micro.cjs\n", ""]);
  });
});
