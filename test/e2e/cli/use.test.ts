import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { matchesSchema } from "../../support/json-schema.js";
import { micro, type RunOptions } from "../../support/programs/micro.js";
import { System } from "../../support/programs/system.js";

describe("the use of the command line", () => {
  let folder: string;
  let system: System;
  let at: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "micro-use-"));
    system = await System.open();
    at = `--registry_address=${system.registry}`;
    const service = system.service("go.micro.srv.one");
    await service.start();
  });

  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  function home(): RunOptions {
    return { env: { XDG_CONFIG_HOME: join(folder, "config"), MICRO_NO_INPUT: "1" }, cwd: folder };
  }

  it("says what it is for without arguments, and lists everything with --help", async () => {
    const short = await micro([]);
    assert.equal(short.code, 0);
    assert.equal(short.stdout.match(/^ {2}micro /gm)?.length, 3);
    const help = await micro(["--help"]);
    assert.equal(help.code, 0);
    for (const word of ["list services", "query", "sidecar", "--registry_address", "--json", "MICRO_X_Y"])
      assert.ok(help.stdout.includes(word), word);
    assert.doesNotMatch(help.stdout, /loose_field|self_server/);
  });

  it("explains a command wherever --help stands, and a topic by its word alone", async () => {
    for (const args of [
      ["list", "services", "--help"],
      ["-h", "list", "services"],
      ["help", "list", "services"],
      [at, "list", "services", "-h"],
    ]) {
      const { code, stdout } = await micro(args);
      assert.equal(code, 0);
      assert.match(stdout, /--filter/);
    }
    const topic = await micro(["list"]);
    assert.equal(topic.code, 0);
    assert.match(topic.stdout, /list services/);
  });

  it("prints its version", async () => {
    for (const flag of ["--version", "-v"])
      assert.match((await micro([flag])).stdout, /^micro-toolkit\/\d+\.\d+\.\d+ /);
  });

  for (const [args, code] of [
    [["frobnicate"], "UNKNOWN_COMMAND"],
    [["list", "nodes"], "UNKNOWN_COMMAND"],
    [["--frob", "list", "services"], "UNKNOWN_FLAG"],
    [["list", "services", "--frob"], "UNKNOWN_FLAG"],
    [["list", "services", "extra"], "USAGE"],
    [["get", "service"], "USAGE"],
    [["query"], "USAGE"],
    [["query", "go.micro.srv.one"], "METHOD_NOT_FOUND"],
    [["query", "one", "hello"], "USAGE"],
    [["health"], "USAGE"],
    [["subscribe"], "USAGE"],
    [["completion", "tcsh"], "BAD_FLAG_VALUE"],
    [["--client_request_timeout=zzz", "list", "services"], "BAD_FLAG_VALUE"],
    [["--registry=nope", "list", "services"], "BAD_FLAG_VALUE"],
    [["--context=nope", "list", "services"], "BAD_CONFIG"],
    [["sidecar", "--server_name=x"], "USAGE"],
    [["--enable_tls", "api"], "USAGE"],
    [["web", "--web_address=:0"], "USAGE"],
  ] as const)
    it(`ends with the same code in text and JSON: micro ${args.join(" ")}`, async () => {
      const exit = code === "METHOD_NOT_FOUND" ? 3 : 2;
      const text = await micro([at, ...args]);
      assert.deepEqual([text.code, text.stdout], [exit, ""], text.stderr);
      assert.match(text.stderr, /^error: /);
      assert.ok(text.stderr.trimEnd().split("\n").length <= 3, text.stderr);
      const json = await micro([at, "--json", ...args]);
      assert.equal(json.code, exit, json.stdout);
      const failure = JSON.parse(json.stdout);
      await matchesSchema(failure, "error");
      if (code !== "BAD_FLAG_VALUE" || args[0] !== "completion") assert.equal(failure.error.code, code);
    });

  it("takes flags from variables, a list split on commas", async () => {
    const env = { MICRO_REGISTRY_ADDRESS: `127.0.0.1:1,${system.registry}`, MICRO_JSON: "yes" };
    const { stdout } = await micro(["ls"], { env });
    assert.equal(JSON.parse(stdout)[0].name, "go.micro.srv.one");
    const wrong = await micro(["ls", at], { env: { MICRO_JSON: "maybe" } });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /MICRO_JSON: "maybe"/);
    const typed = await micro(["ls", at], { env: { MICRO_CONTENT_TYPE: "json" } });
    assert.ok(Array.isArray(JSON.parse(typed.stdout)));
  });

  it("takes flags from the project's micro.json, below a variable and above a context", async () => {
    const project = join(folder, "project", "deep");
    mkdirSync(project, { recursive: true });
    writeFileSync(
      join(folder, "project", "micro.json"),
      JSON.stringify({ registry_address: [system.registry] }),
    );
    const found = await micro(["ls"], { ...home(), cwd: project });
    assert.equal(found.stdout, "go.micro.srv.one\n", found.stderr);
    const beaten = await micro(["ls"], { cwd: project, env: { MICRO_REGISTRY_ADDRESS: "127.0.0.1:1" } });
    assert.equal(beaten.code, 5);
    writeFileSync(join(project, "micro.json"), "{nope");
    const broken = await micro(["ls"], { cwd: project });
    assert.equal(broken.code, 2);
    assert.match(broken.stderr, /micro\.json/);
  });

  it("keeps contexts in a file of the user's own, and says where a value comes from", async () => {
    const add = await micro(["context", "add", "here", "--use", at, "--json"], home());
    assert.equal(add.code, 0, add.stderr);
    await matchesSchema(JSON.parse(add.stdout), "context-show");
    assert.equal(statSync(join(folder, "config/micro/config.json")).mode & 0o777, 0o600);
    assert.equal((await micro(["ls"], home())).stdout, "go.micro.srv.one\n");
    await micro(["context", "add", "far", "--proxy_address", "127.0.0.1:1"], home());
    assert.equal((await micro(["ls", "--context", "far"], home())).code, 5);
    assert.equal((await micro(["ls", "--context", "far", at], home())).code, 0);
    const list = await micro(["context", "list", "--json"], home());
    await matchesSchema(JSON.parse(list.stdout), "context-list");
    assert.deepEqual(
      JSON.parse(list.stdout).map(({ current }: { current: boolean }) => current),
      [false, true],
    );
    const origin = await micro(["context", "show", "--origin", "--json"], home());
    await matchesSchema(JSON.parse(origin.stdout), "context-origin");
    assert.match(origin.stdout, /"registry_address".*"context here"/);
    await micro(["context", "use", "far"], home());
    assert.equal((await micro(["ls"], home())).code, 5);
    const removed = await micro(["context", "rm", "far", "--json"], home());
    await matchesSchema(JSON.parse(removed.stdout), "context-rm");
    assert.equal((await micro(["context", "use", "far"], home())).code, 2);
  });

  it("makes projects inside the working directory only, and over nothing without --force", async () => {
    const made = await micro(["new", "foo", "--json"], home());
    assert.equal(made.code, 0, made.stderr);
    await matchesSchema(JSON.parse(made.stdout), "new");
    assert.match(readFileSync(join(folder, "foo/src/main.ts"), "utf8"), /"go\.micro\.srv\.foo"/);
    const text = await micro(["new", "bar", "--type", "web", "--fqdn", "com.example.web.bar"], home());
    assert.match(text.stdout, /^creating service com\.example\.web\.bar\ncreating bar\/package\.json\n/);
    assert.equal((await micro(["new", "foo"], home())).code, 1);
    assert.equal((await micro(["new", "foo", "--force"], home())).code, 0);
    symlinkSync(tmpdir(), join(folder, "link"));
    for (const path of ["../out", "/tmp/out", "link/out"])
      assert.equal((await micro(["new", path], home())).code, 2, path);
    const outside = mkdtempSync(join(tmpdir(), "micro-outside-"));
    mkdirSync(join(folder, "linked"));
    symlinkSync(outside, join(folder, "linked/test"));
    symlinkSync(join(outside, "package.json"), join(folder, "linked/package.json"));
    const linked = await micro(["new", "linked", "--force"], home());
    assert.equal(linked.code, 1, linked.stderr);
    rmSync(join(folder, "linked/package.json"));
    assert.equal((await micro(["new", "linked", "--force"], home())).code, 2);
    assert.deepEqual(readdirSync(outside), []);
    rmSync(outside, { recursive: true });
    const hostile = await micro(["new", "x", "--fqdn", '");process.exit(1)//'], home());
    assert.equal(hostile.code, 2);
  });

  it("takes lines from a pipe, and stops at the first failure with its code", async () => {
    const input = `ls\n# a comment\nmicro get service 'go.micro.srv.none'\nls\n`;
    const { code, stdout } = await micro(["cli"], {
      input,
      env: { MICRO_REGISTRY_ADDRESS: system.registry },
    });
    assert.deepEqual([code, stdout], [3, "go.micro.srv.one\n"]);
  });

  it("finds nothing wrong with doctor, and ends with 7 when the registry is away", async () => {
    const well = await micro(["doctor", at, "--json"]);
    assert.equal(well.code, 0, well.stdout);
    await matchesSchema(JSON.parse(well.stdout), "doctor");
    const ill = await micro(["doctor", "--registry_address=127.0.0.1:1"]);
    assert.equal(ill.code, 7);
    assert.match(ill.stdout, /fail {2}registry/);
  });

  for (const shell of ["bash", "zsh", "fish", "powershell"])
    it(`prints what completes commands in ${shell}`, async () => {
      const { code, stdout } = await micro(["completion", shell, "--json"]);
      assert.equal(code, 0);
      await matchesSchema(JSON.parse(stdout), "completion");
      assert.match(stdout, /micro __complete/);
    });

  it("completes commands and flags from the manifest", async () => {
    assert.equal((await micro(["__complete", "--", "list", ""])).stdout, "services\n");
    assert.match((await micro(["__complete", "--", "--reg"])).stdout, /^--registry_address$/m);
    assert.match((await micro(["__complete", "--", "ls", "--lo"])).stdout, /^--long$/m);
  });
});
