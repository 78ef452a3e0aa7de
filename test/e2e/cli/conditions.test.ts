import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, mkdirSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { needsRoot } from "../../support/needs.js";
import { type Installed, install } from "../../support/programs/installed.js";
import { start } from "../../support/programs/process.js";

interface Ended {
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

/** A user that the system does not know. */
const unknownUser = "setpriv --reuid=54321 --regid=54321 --clear-groups";

describe("R28: the installed command where something is missing", () => {
  let installed: Installed;

  before(async () => {
    installed = await install();
    chmodSync(installed.folder, 0o755);
    mkdirSync(join(installed.folder, "home"));
  });

  after(() => installed[Symbol.dispose]());

  /** Runs a line of the shell, in which `micro` is the installed command. */
  async function shell(line: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const script = `micro() { ${process.execPath} ${installed.bin} "$@"; }; ${line}`;
    await using running = start("bash", ["-c", script], {
      cwd: installed.folder,
      env: { HOME: join(installed.folder, "home"), XDG_CONFIG_HOME: "", NODE_EXTRA_CA_CERTS: "", ...env },
    });
    const code = await running.closed();
    return { code, stdout: running.stdout, stderr: running.stderr };
  }

  function isBrief({ stderr }: Ended, what = /^error: /): void {
    assert.ok(stderr.length < 1000, `${stderr.length} bytes`);
    assert.ok(stderr.trimEnd().split("\n").length <= 3, stderr);
    assert.doesNotMatch(stderr, /^ {4}at |node:internal/m);
    assert.match(stderr, what);
  }

  const list = "list services --registry=memory";

  const asOther = needsRoot("users cannot be changed");
  it("works for a user without home and without an entry in the system", asOther, async () => {
    // as cron and containers start it: without HOME, without SHELL
    const micro = `env -u HOME -u SHELL ${unknownUser} ${process.execPath} ${installed.bin}`;
    for (const command of [
      list,
      "--version",
      "help",
      "completion bash",
      "context list",
      "__complete -- li",
    ]) {
      const ended = await shell(`${micro} ${command}`);
      assert.deepEqual([ended.code, ended.stderr], [0, ""], command);
    }
    const atHome = await shell(`${micro.replace("-u HOME -u SHELL", "-u SHELL HOME=/")} ${list}`);
    assert.deepEqual([atHome.code, atHome.stderr], [0, ""]);
    const added = await shell(`${micro} context add x --registry=memory`);
    assert.equal(added.code, 2);
    isBrief(added, /no home folder/);
    const lines = await shell(`echo ls | ${micro} --registry=memory cli`);
    assert.ok(lines.code === 0 || lines.code === 5, lines.stderr);
    if (lines.code !== 0) isBrief(lines);
  });

  const mounts = needsRoot("nothing can be mounted");
  it("says that there is no space where the home is full, and leaves nothing behind", mounts, async () => {
    const full = `mount -t tmpfs -o size=64k tmpfs "$HOME" && cd "$HOME" && { head -c 1M /dev/zero > fill; } 2>/dev/null;`;
    for (const command of ["context add x --registry=memory", "new foo", "context trust"]) {
      const line = `${full} micro ${command}; code=$?; find . -name '*.json.*'; exit $code`;
      const ended = await shell(`unshare --mount bash -c '${inner(line)}'`);
      assert.equal(ended.code, 1, ended.stderr);
      assert.doesNotMatch(ended.stdout, /\.json\./, "a file was left behind");
      isBrief(ended, /^error: .*ENOSPC/);
    }
  });

  it("makes a whole project or none, and leaves what was there where the disk is full", mounts, async () => {
    const room =
      'mount -t tmpfs -o size=64k tmpfs "$HOME" && cd "$HOME" && mkdir old && echo mine > old/README.md';
    // the first files of a project fit, the others do not
    const fill = "{ head -c 1M /dev/zero > fill; } 2>/dev/null; truncate -s -12K fill";
    const found = "find . -type f,d | sort; cat old/README.md";
    for (const command of ["new foo", "new some/where/foo", "new old --force"]) {
      const line = `${room}; ${fill}; micro ${command} > /dev/null; code=$?; ${found}; exit $code`;
      const ended = await shell(`unshare --mount bash -c '${inner(line)}'`);
      assert.equal(ended.code, 1, ended.stderr);
      assert.equal(ended.stdout, ".\n./fill\n./old\n./old/README.md\nmine\n", command);
      isBrief(ended, /^error: .*ENOSPC/);
    }
  });

  it("says that the home is read-only", mounts, async () => {
    const line = 'mount -t tmpfs -o ro tmpfs "$HOME" && micro context add x --registry=memory';
    const ended = await shell(`unshare --mount bash -c '${inner(line)}'`);
    assert.equal(ended.code, 1, ended.stderr);
    isBrief(ended, /^error: .*EROFS/);
    const listed = await shell(
      `unshare --mount bash -c '${inner(`mount -t tmpfs -o ro tmpfs "$HOME" && micro ${list}`)}'`,
    );
    assert.deepEqual([listed.code, listed.stderr], [0, ""]);
  });

  /** The shell function is not known in an inner shell. */
  function inner(line: string): string {
    return line.replace(/\bmicro (?=context|new|list)/g, `${process.execPath} ${installed.bin} `);
  }

  for (const command of [
    "--version",
    "--help",
    "help",
    "completion bash",
    "doctor --plain",
    "context show --origin --json",
  ])
    it(`ends with 1 where standard output is full: micro ${command}`, async () => {
      const ended = await shell(`micro ${command} > /dev/full`);
      assert.equal(ended.code, 1, ended.stderr);
      isBrief(ended, /^error: .*ENOSPC/);
    });

  it("keeps its exit code where standard error is full, or both are", async () => {
    assert.equal((await shell("micro frobnicate 2> /dev/full")).code, 2);
    assert.equal((await shell("micro frobnicate > /dev/full 2>&1")).code, 2);
    assert.equal((await shell("micro list services --registry_address=127.0.0.1:1 2> /dev/full")).code, 5);
  });

  it("says nothing where the reader of standard output goes", async () => {
    const ended = await shell("set -o pipefail; micro --help | true");
    assert.deepEqual([ended.code, ended.stderr], [0, ""]);
  });

  it("works with odd locales, time zones and few files", async () => {
    for (const env of [
      { LANG: "xx_YY.nope", LC_ALL: "xx_YY.nope" },
      { TZ: "Nowhere/Town" },
      { TZ: ":/dev/null" },
      { TERM: "", COLUMNS: "-1" },
    ]) {
      const odd = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      const ended = await shell(`env ${odd.join(" ")} ${process.execPath} ${installed.bin} ${list}`);
      assert.deepEqual([ended.code, ended.stderr], [0, ""], JSON.stringify(env));
    }
    const few = await shell(`ulimit -n 256; micro ${list}`);
    assert.deepEqual([few.code, few.stderr], [0, ""]);
  });

  it("names the port that is taken", async () => {
    const server = createServer();
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    for (const program of ["agent", "api", "sidecar", "web"]) {
      const flags = `--registry=memory --${program}_address=127.0.0.1:${port}`;
      const ended = await shell(`micro ${program} ${flags} >/dev/null`);
      assert.equal(ended.code, 1, ended.stderr);
      isBrief(ended, new RegExp(`^error: .*127.0.0.1:${port}.*in use`));
    }
    server.close();
  });

  it("prints no source where its own files are broken", async () => {
    const broken = [
      `: > ${installed.folder}/node_modules/micro-toolkit/oclif.manifest.json`,
      `rm ${installed.folder}/node_modules/micro-toolkit/oclif.manifest.json`,
      `echo '}' >> ${installed.folder}/node_modules/micro-toolkit/dist/cli/micro.cjs`,
      `rm ${installed.folder}/node_modules/micro-toolkit/dist/cli/micro.cjs`,
    ];
    for (const breaking of broken) {
      const ended = await shell(`${breaking}; micro ${list}`);
      assert.ok(ended.code === 70 || ended.code === 1, ended.stderr);
      isBrief(ended);
    }
  });
});
