import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { freePort } from "../../support/free-port.js";
import { needs } from "../../support/needs.js";
import { bin, micro, runOnTerminal } from "../../support/programs/micro.js";
import { type ConsulServer, startConsul } from "../../support/servers/consul.js";

/** What anybody who can register may choose as a name; each touches a file where a shell takes it as more than text. */
const hostile = (touched: string) => [
  `sub$(touch\${IFS}${touched})`,
  `tick\`touch\${IFS}${touched}\``,
  `semi;touch\${IFS}${touched};`,
  `quote';touch\${IFS}${touched};'`,
];

describe("names of the registry at a shell", needs("consul"), () => {
  let consul: ConsulServer;
  let folder: string;
  let touched: string;
  let typed: string;
  let names: readonly string[];
  let env: Record<string, string>;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "micro-shells-"));
    touched = join(folder, "touched");
    typed = join(folder, "typed");
    names = hostile(touched);
    consul = await startConsul();
    const port = await freePort();
    for (const name of ["plain.micro.srv.one", ...names]) await register(name, `${name}-1`, port);
    // the command as a shell finds it, which also keeps what it got
    const micro = join(folder, "bin/micro");
    mkdirSync(join(folder, "bin"));
    writeFileSync(
      micro,
      `#!/bin/sh\n[ "$1" = __complete ] || echo "$*" >>'${typed}'\nexec '${process.execPath}' '${bin}' "$@"\n`,
    );
    chmodSync(micro, 0o755);
    env = {
      PATH: `${join(folder, "bin")}:${process.env.PATH}`,
      HOME: folder,
      ZDOTDIR: folder,
      XDG_CONFIG_HOME: folder,
      MICRO_REGISTRY_ADDRESS: consul.address,
    };
    await startUpFiles();
  });

  beforeEach(() => {
    rmSync(touched, { force: true });
    rmSync(typed, { force: true });
  });

  after(async () => {
    await consul?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  async function register(name: string, id: string, port: number): Promise<void> {
    const definition = JSON.stringify({ name, version: "1", nodes: [{ id, address: "127.0.0.1", port }] });
    const { code, stderr } = await micro(["register", "service", definition], {
      env: { MICRO_REGISTRY_ADDRESS: consul.address },
    });
    assert.equal(code, 0, stderr);
  }

  async function startUpFiles(): Promise<void> {
    const [bash, zsh, fish = ""] = await Promise.all(
      ["bash", "zsh", "fish"].map(async (shell) => (await micro(["completion", shell])).stdout),
    );
    writeFileSync(join(folder, ".bashrc"), `PS1='READY> '\n${bash}`);
    writeFileSync(join(folder, ".zshrc"), `PROMPT='READY> '\nautoload -U compinit && compinit -u -D\n${zsh}`);
    // a file in config.fish would come beside the completions that fish has for an editor of the same name
    mkdirSync(join(folder, "fish/completions"), { recursive: true });
    writeFileSync(join(folder, "fish/completions/micro.fish"), fish);
    writeFileSync(join(folder, "fish/config.fish"), "function fish_prompt; echo 'READY> '; end\n");
  }

  const shells = { bash: ["bash", "-i"], zsh: ["zsh", "-i"], fish: ["fish", "-i"] };
  for (const [shell, run] of Object.entries(shells))
    it(`run nothing when ${shell} completes them`, needs(shell, "python3"), async () => {
      const lines = ["plain", ...names.map((name) => name.slice(0, 3))].map(
        (word) => `micro health ${word}\t\r`,
      );
      const typing = [...lines, "exit\r"].map((keys) => ["READY> ", keys] as const);
      const ran = await runOnTerminal(["env", "-C", folder, ...run], { env, typing, columns: 300 });
      assert.ok(!existsSync(touched), ran.stdout);
      const [first = "", ...rest] = readFileSync(typed, "utf8").trim().split("\n");
      assert.equal(first.trim(), "health plain.micro.srv.one", ran.stdout);
      assert.equal(rest.length, names.length, ran.stdout);
    });

  for (const [shell, run] of Object.entries(shells))
    it(`are completed by ${shell} after words with : and =`, needs(shell, "python3"), async () => {
      const address = `--registry_address=${consul.address}`;
      const lines = [`micro ${address} health plain\t\r`, `micro query --metadata a:b=c plain\t\r`];
      const typing = [...lines, "exit\r"].map((keys) => ["READY> ", keys] as const);
      const ran = await runOnTerminal(["env", "-C", folder, ...run], { env, typing, columns: 300 });
      const got = readFileSync(typed, "utf8").trim().split("\n");
      const expected = [
        `${address} health plain.micro.srv.one`,
        "query --metadata a:b=c plain.micro.srv.one",
      ];
      assert.deepEqual(
        got.map((line) => line.trim()),
        expected,
        ran.stdout,
      );
    });

  it("run nothing when a fix of micro doctor is pasted", async () => {
    const { stdout } = await micro(["doctor"], { env });
    const [, fix = ""] = /fix: start it again, or: (micro deregister .*)$/m.exec(stdout) ?? [];
    paste(fix, stdout);
  });

  it("run nothing when a hint is pasted", async () => {
    for (const name of names)
      for (const args of [
        ["query", name, "None"],
        ["query", name],
        ["stats", name],
        ["stream", name, "a.b"],
      ]) {
        const { stderr } = await micro([...args, "--timeout=2s"], { env });
        const [, hint = ""] = /^hint: .*?(micro \w+.*)$/m.exec(stderr) ?? [];
        paste(hint, `${args.join(" ")}: ${stderr}`);
      }
  });

  /** Every word of the line reaches the command as one word. */
  function paste(line: string, from: string): void {
    assert.match(line, /^micro /, from);
    const { status, stderr } = spawnSync("bash", ["-c", `micro() { :; }\n${line}`], {
      env,
      encoding: "utf8",
    });
    assert.equal(status, 0, `${line}\n${stderr}`);
    assert.ok(!existsSync(touched), line);
  }
});
