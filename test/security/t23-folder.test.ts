import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { matchesSchema } from "../support/json-schema.js";
import { needsRoot } from "../support/needs.js";
import { micro, type RunOptions, startMicro } from "../support/programs/micro.js";
import { start } from "../support/programs/process.js";
import { type TokenCatcher, tokenCatcher } from "../support/token-catcher.js";

const token = "a-secret-of-this-user-of-128-bits";
const library = new URL("../../dist/index.js", import.meta.url).href;
const manifest = JSON.parse(
  readFileSync(fileURLToPath(new URL("../../oclif.manifest.json", import.meta.url)), "utf8"),
) as { commands: Record<string, { args: Record<string, { required?: boolean }> }> };

/** Words that a command needs to get as far as its first request. */
const words: Readonly<Record<string, readonly string[]>> = {
  bench: ["x.y", "A.B", "{}", "-n", "1"],
  "context:add": ["other", "--proxy_address", "127.0.0.1:1"],
  "context:rm": ["absent"],
  "context:trust": ["--list"],
  "context:use": ["absent"],
  completion: ["bash"],
  "deregister:service": ['{"name":"x","nodes":[{"id":"x-1","port":1}]}'],
  explain: ["x.y", "A.B"],
  "gen:client": ["x.y"],
  "get:service": ["x.y"],
  health: ["x.y"],
  new: ["made"],
  publish: ["topic", "{}"],
  query: ["x.y", "A.B"],
  "register:service": ['{"name":"x","nodes":[{"id":"x-1","port":1}]}'],
  stats: ["x.y"],
  stream: ["x.y", "A.B"],
  subscribe: ["topic"],
};

describe("T23: a foreign folder", () => {
  let root: string;
  let hostile: string;
  let catcher: TokenCatcher;

  before(async () => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "micro-t23-")));
    catcher = await tokenCatcher(token);
    writeFileSync(join(root, "token"), token, { mode: 0o600 });
    hostile = folder("hostile");
  });

  after(async () => {
    await catcher[Symbol.asyncDispose]();
    rmSync(root, { recursive: true, force: true });
  });

  /** A folder with code that leaves a trace when it runs. */
  function folder(name: string): string {
    const path = join(root, name);
    const trace = `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(join(path, "ran"))}, "");`;
    for (const where of [path, join(path, "node_modules/micro-plugin-evil")]) {
      mkdirSync(where, { recursive: true });
      writeFileSync(join(where, "evil.mjs"), `${trace} export default { name: "evil" };`);
    }
    writeFileSync(
      join(path, "node_modules/micro-plugin-evil/package.json"),
      '{"name":"micro-plugin-evil","version":"1.0.0","type":"module","main":"evil.mjs"}',
    );
    return path;
  }

  function says(where: string, values: object): void {
    writeFileSync(join(where, "micro.json"), JSON.stringify(values), { mode: 0o644 });
  }

  function ran(where: string): boolean {
    const trace = join(where, "ran");
    const found = existsSync(trace);
    rmSync(trace, { force: true });
    return found;
  }

  function at(cwd: string, env: NodeJS.ProcessEnv = {}): RunOptions {
    return { cwd, env: { XDG_CONFIG_HOME: join(root, "config"), ...env } };
  }

  /** Code in every place that can name some, addresses for a token, files of the user as token and body. */
  const attacks = (): Record<string, object> => ({
    "plugins and parts": {
      plugins: ["./evil.mjs", "evil", join(hostile, "evil.mjs")],
      ...{ registry: "./evil.mjs", broker: "./evil.mjs", transport: "evil", selector: "./evil.mjs" },
    },
    "a sidecar": {
      ...{ proxy_address: catcher.address, registry_address: catcher.address },
      ...{ token_file: join(root, "token"), file: join(root, "token") },
    },
    "a registry": { registry_address: [catcher.address] },
  });

  for (const id of Object.keys(manifest.commands))
    it(`runs no code and sends no token: micro ${id.replaceAll(":", " ")}`, async () => {
      const added = await micro(
        [
          "context",
          "add",
          "mine",
          "--use",
          "--force",
          "--proxy_address=127.0.0.1:1",
          `--token_file=${root}/token`,
        ],
        at(root),
      );
      assert.equal(added.code, 0, added.stderr);
      for (const [attack, values] of Object.entries(attacks())) {
        says(hostile, { ...values, api_address: "127.0.0.1:0", web_address: "127.0.0.1:0" });
        const args = [...id.split(":"), ...(words[id] ?? []), "--timeout=1s"];
        await using running = startMicro(args, at(hostile, { MICRO_TOKEN: token, CONSUL_HTTP_TOKEN: token }));
        const code = await running.closed();
        assert.equal(ran(hostile), false, `${attack}: code ran`);
        assert.equal(catcher.caught, 0, `${attack}: the token went out`);
        assert.ok(running.stderr.split("\n").length <= 4, running.stderr);
        if (["agent", "api", "dev", "sidecar", "web"].includes(id)) {
          assert.equal(code, 2, `${attack}: ${running.stderr}`);
          assert.match(running.stderr, /micro context trust/);
        }
      }
    });

  it("sends the token of a variable to the address of a flag in such a folder", async () => {
    says(hostile, {});
    await micro(
      ["list", "services", `--proxy_address=${catcher.address}`],
      at(hostile, { MICRO_TOKEN: token }),
    );
    assert.ok(catcher.caught > 0);
    catcher.caught = 0;
  });

  it("runs nothing for what completes a line in a shell", async () => {
    says(hostile, { registry: "./evil.mjs", plugins: ["./evil.mjs"], proxy_address: catcher.address });
    await micro(["__complete", "--", "query", ""], at(hostile, { MICRO_TOKEN: token }));
    assert.deepEqual([ran(hostile), catcher.caught], [false, 0]);
  });

  it("says in one line what does not count, and how to trust the folder; nothing under --json", async () => {
    says(hostile, { plugins: ["./evil.mjs"], registry: "memory" });
    const { code, stderr } = await micro(["list", "services"], at(hostile));
    assert.deepEqual(
      [code, stderr],
      [0, `note: ${hostile}/micro.json is not trusted, without plugins: micro context trust ${hostile}\n`],
    );
    assert.equal((await micro(["list", "services", "--json"], at(hostile))).stderr, "");
  });

  it("takes all of the file once the folder is trusted, also from a folder below, and no more when it is not", async () => {
    const own = folder("own");
    const below = folder("own/below");
    says(own, { plugins: ["./evil.mjs", "evil"], registry: "memory" });
    assert.equal((await micro(["context", "trust", own], at(root))).stdout, "ok\n");
    const { stderr } = await micro(["list", "services"], at(below));
    assert.deepEqual([stderr, ran(own), ran(below)], ["", true, false]);
    const listed = await micro(["context", "trust", "--list", "--json"], at(root));
    await matchesSchema(JSON.parse(listed.stdout), "context-trust");
    assert.deepEqual(JSON.parse(listed.stdout), { trusted: [own] });
    await micro(["context", "trust", "--remove", own], at(root));
    await micro(["list", "services"], at(below));
    assert.equal(ran(own), false);
  });

  it("keeps trust and plugins of the user when contexts change", async () => {
    await micro(["context", "trust", root], at(root));
    await micro(["context", "add", "more", "--registry=memory"], at(root));
    await micro(["context", "rm", "more"], at(root));
    const kept = JSON.parse(readFileSync(join(root, "config/micro/config.json"), "utf8"));
    assert.deepEqual(kept.trusted, [root]);
    await micro(["context", "trust", "--remove", root], at(root));
  });

  it("loads the plugins of the user's own settings, as that folder sees them, wherever it runs", async () => {
    const config = folder("settings/micro");
    const elsewhere = folder("settings-elsewhere");
    writeFileSync(join(config, "config.json"), '{"plugins":["evil"]}', { mode: 0o600 });
    const env = { XDG_CONFIG_HOME: join(root, "settings") };
    await micro(["list", "services", "--registry=memory"], { cwd: elsewhere, env });
    assert.deepEqual([ran(join(config)), ran(elsewhere)], [true, false]);
  });

  it("loads those plugins also where a trusted micro.json names none", async () => {
    const own = folder("without-plugins");
    const env = { XDG_CONFIG_HOME: join(root, "with-plugins") };
    const config = folder("with-plugins/micro");
    await micro(["context", "trust", own], { env });
    const { trusted } = JSON.parse(readFileSync(join(config, "config.json"), "utf8"));
    writeFileSync(join(config, "config.json"), JSON.stringify({ trusted, plugins: ["evil"] }), {
      mode: 0o600,
    });
    for (const values of [{ registry: "memory" }, { registry: "memory", plugins: [] }]) {
      says(own, values);
      const { stderr } = await micro(["list", "services"], { cwd: own, env });
      assert.deepEqual([stderr, ran(config)], ["", true], JSON.stringify(values));
    }
  });

  it("sends the token of a context to the address of that context only", async () => {
    const env = { XDG_CONFIG_HOME: join(root, "contexts") };
    const add = [
      "context",
      "add",
      "mine",
      "--use",
      "--proxy_address=127.0.0.1:1",
      `--token_file=${root}/token`,
    ];
    await micro(add, { env });
    for (const flag of [`--proxy_address=${catcher.address}`, `--registry_address=${catcher.address}`])
      await micro(["list", "services", flag], { env });
    assert.equal(catcher.caught, 0);
    await micro([...add, "--force", `--proxy_address=${catcher.address}`], { env });
    await micro(["list", "services"], { env });
    assert.ok(catcher.caught > 0);
    catcher.caught = 0;
  });

  for (const [what, spoil, why] of [
    ["a file of another user", (path: string) => chownSync(path, 12_345, 12_345), /belongs to another user/],
    ["a file that everybody can write", (path: string) => chmodSync(path, 0o666), /everybody can write it/],
    ["a FIFO", (path: string) => replace(path, "mkfifo", path), /a FIFO, not a file/],
    ["a device", (path: string) => replace(path, "ln", "-s", "/dev/zero", path), /a device, not a file/],
    [
      "a file without end",
      (path: string) => writeFileSync(path, "x".repeat(2 ** 21)),
      /more than 1048576 bytes/,
    ],
  ] as const)
    it(
      `does not read ${what} as micro.json or as the user's settings, and says so`,
      needsRoot("owners cannot be changed"),
      async () => {
        const odd = folder("odd");
        says(odd, { registry_address: [catcher.address], plugins: ["./evil.mjs"] });
        await micro(["context", "trust", odd], at(root));
        spoil(join(odd, "micro.json"));
        const listed = await micro(["list", "services", "--registry=memory"], at(odd));
        assert.deepEqual([listed.code, ran(odd)], [0, false], listed.stderr);
        assert.match(listed.stderr, why);
        assert.equal((await micro(["agent", "--agent_address=127.0.0.1:0"], at(odd))).code, 2);
        rmSync(odd, { recursive: true });
        const config = join(root, "spoiled/micro/config.json");
        mkdirSync(join(root, "spoiled/micro"), { recursive: true });
        writeFileSync(config, "{}");
        spoil(config);
        const own = await micro(["list", "services"], at(root, { XDG_CONFIG_HOME: join(root, "spoiled") }));
        assert.equal(own.code, 2);
        assert.match(own.stderr, why);
        rmSync(join(root, "spoiled"), { recursive: true });
      },
    );

  function replace(path: string, command: string, ...args: string[]): void {
    rmSync(path);
    assert.equal(spawnSync(command, args).status, 0);
  }

  it("finds no settings in the working folder when HOME or XDG_CONFIG_HOME are relative", async () => {
    mkdirSync(join(hostile, ".config/micro"), { recursive: true });
    says(hostile, {});
    for (const place of [".config/micro", "micro"]) {
      mkdirSync(join(hostile, place), { recursive: true });
      writeFileSync(join(hostile, place, "config.json"), '{"plugins":["./../../evil.mjs","evil"]}');
    }
    for (const env of [{ HOME: "." }, { HOME: "" }, { XDG_CONFIG_HOME: "." }])
      await micro(["list", "services", "--registry=memory"], at(hostile, { XDG_CONFIG_HOME: "", ...env }));
    assert.equal(ran(hostile), false);
  });

  async function serve(
    cwd: string,
    script: string,
  ): Promise<{ code: number | NodeJS.Signals; stderr: string }> {
    await using running = start(process.execPath, [script], {
      cwd,
      env: { XDG_CONFIG_HOME: join(root, "config"), CONSUL_HTTP_TOKEN: token },
    });
    const ended = await Promise.race([running.closed(), running.output(/"serving"/).catch(() => undefined)]);
    if (typeof ended === "object") running.child.kill("SIGTERM");
    return { code: await running.closed(), stderr: running.stderr };
  }

  it("is trusted by a service whose main script lies in it, and by no other", async () => {
    const own = folder("service");
    const main = `import { service } from ${JSON.stringify(library)}; await service({ name: "x", registry: "memory", drainDelay: 0 }).run();`;
    writeFileSync(join(own, "main.mjs"), main);
    mkdirSync(join(own, "dist"));
    writeFileSync(join(own, "dist/main.mjs"), main);
    says(own, { plugins: ["./evil.mjs"] });
    for (const script of ["main.mjs", "dist/main.mjs"]) {
      const { code, stderr } = await serve(own, join(own, script));
      assert.deepEqual([code, ran(own)], [0, true], stderr);
    }
    const other = folder("other");
    says(other, { plugins: ["./evil.mjs"], registry_address: [catcher.address] });
    const { code, stderr } = await serve(other, join(own, "main.mjs"));
    assert.deepEqual([code, ran(other), catcher.caught], [2, false, 0], stderr);
    assert.match(stderr, /micro context trust/);
    says(own, { plugins: ["./absent.mjs"] });
    assert.equal((await serve(own, join(own, "main.mjs"))).code, 2);
  });

  it("refuses a token file, and each TLS file, that is a device, a FIFO or endless", async () => {
    const fifo = join(root, "fifo");
    spawnSync("mkfifo", [fifo]);
    const large = join(root, "large");
    writeFileSync(large, "x".repeat(2 ** 21));
    says(hostile, {});
    for (const path of ["/dev/zero", fifo, large, root]) {
      const reads = [
        ["list", "services", `--token_file=${path}`],
        ["list", "services", "--proxy_address=127.0.0.1:1", `--tls_ca_file=${path}`],
        ["agent", "--agent_address=127.0.0.1:0", `--token_file=${path}`],
        [
          "agent",
          "--agent_address=127.0.0.1:0",
          "--enable_tls",
          `--tls_cert_file=${path}`,
          `--tls_key_file=${path}`,
        ],
        ["query", "x.y", "A.B", `--tls_ca_file=${path}`],
      ];
      for (const args of reads) {
        const ended = await micro(args, at(root));
        assert.equal(ended.code, 2, `${args.join(" ")}: ${ended.stderr}`);
        assert.match(ended.stderr, /a device|a FIFO|more than \d+ bytes|a folder/);
      }
      const variable = await micro(
        ["list", "services"],
        at(root, { CONSUL_CACERT: path, XDG_CONFIG_HOME: "" }),
      );
      assert.equal(variable.code, 2, variable.stderr);
    }
  });

  it("asks nothing without a terminal", async () => {
    says(hostile, { plugins: ["./evil.mjs"], registry: "memory" });
    const { stdout, code } = await micro(["list", "services"], { ...at(hostile), input: "y\n" });
    assert.deepEqual([code, stdout, ran(hostile)], [0, "", false]);
  });

  it("does not switch to the first context that is added", async () => {
    const env = { XDG_CONFIG_HOME: join(root, "first") };
    const added = await micro(["context", "add", "one", "--registry=memory", "--json"], { env });
    assert.equal(JSON.parse(added.stdout).current, false);
    const shown = await micro(["context", "list", "--json"], { env });
    assert.equal(JSON.parse(shown.stdout)[0].current, false);
    const used = await micro(["context", "add", "two", "--use", "--registry=memory", "--json"], { env });
    assert.equal(JSON.parse(used.stdout).current, true);
  });
});
