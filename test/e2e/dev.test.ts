import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { eventually } from "../../src/testing/eventually.js";
import { ask } from "../support/ask.js";
import { selfSigned } from "../support/certificates.js";
import { freePort } from "../support/free-port.js";
import { needs, needsThat } from "../support/needs.js";
import { bin, micro, startMicro } from "../support/programs/micro.js";
import { type Running, start } from "../support/programs/process.js";

async function dev(
  args: readonly string[],
  until = /"event":"ready"/,
): Promise<{ running: Running; registry: string }> {
  const registry = `127.0.0.1:${await freePort()}`;
  const ports = ["api", "sidecar", "web"].map((name) => `--${name}_address=127.0.0.1:0`);
  const running = startMicro(["dev", "--json", `--registry_address=${registry}`, ...ports, ...args]);
  await running.output(until);
  return { running, registry };
}

/** Leaves two file watches to the shell and what it starts. */
const fewWatches = "echo 2 > /proc/sys/user/max_inotify_watches";

function pids({ stdout }: Running): number[] {
  return [...stdout.matchAll(/"event":"child-started","name":"[^"]*","pid":(\d+)/g)].map(([, pid]) =>
    Number(pid),
  );
}

function starts({ stdout }: Running, name: string): number {
  return stdout.split(`"child-started","name":"${name}"`).length - 1;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function gone(processes: readonly number[]): Promise<void> {
  const limit = performance.now() + 20_000;
  while (processes.some(alive)) {
    assert.ok(performance.now() < limit, `still alive: ${processes.filter(alive)}`);
    await wait(50);
  }
}

describe("micro dev", () => {
  it("runs the example, answers queries, and takes all that it started with it", async () => {
    const { running, registry } = await dev(["--example", "greeter"]);
    await using _ = running;
    const { stdout } = await micro([
      "query",
      "Say.Hello",
      '{"name":"John"}',
      "--json",
      `--registry_address=${registry}`,
    ]);
    assert.equal(stdout, '{"msg":"Hello John"}\n');
    const children = pids(running);
    assert.ok(children.length >= 2);
    running.child.kill("SIGINT");
    assert.equal(await running.exited(), 0, running.stderr);
    await gone(children);
  });

  it(
    "greets over HTTP through the gateway, with the greeter in Python behind the sidecar",
    needs("python3"),
    async () => {
      const root = new URL("../../", import.meta.url).pathname;
      const { running } = await dev([
        `${root}examples/greeter/python/srv.py`,
        `${root}dist/examples/greeter/api.js`,
      ]);
      await using _ = running;
      const [, url = ""] = await running.output(/"api":"([^"]+)"/);
      const greeted = async () => {
        const { code, text } = await ask(url, "GET", "/greeter/say/hello?name=John");
        assert.equal(`${code} ${text}`, '200 {"message":"Hello John"}');
      };
      await eventually(greeted, 20_000);
    },
  );

  it("leaves no child behind when it is killed", async () => {
    const { running } = await dev(["--example", "greeter"]);
    const children = pids(running);
    await running.kill("SIGKILL");
    await gone(children);
  });

  const lasting = [
    ["a.js", "setInterval(() => undefined, 1000);\n", "node"],
    ["b.py", "import time\ntime.sleep(600)\n", "python3"],
  ] as const;
  for (const [name, source, program] of lasting)
    it(`leaves no ${program} behind when it is killed right after its start`, needs(program), async () => {
      const folder = mkdtempSync(join(tmpdir(), "micro-dev-"));
      writeFileSync(join(folder, name), source);
      // whoever is killed so early is gone before the child has loaded what notices it
      for (const delay of [0, 50, 100, 200]) {
        const { running } = await dev([join(folder, name)], /"event":"child-started".*\n/);
        await wait(delay);
        await running.kill("SIGKILL");
        const children = pids(running);
        assert.equal(children.length, 1);
        await gone(children);
      }
      rmSync(folder, { recursive: true });
    });

  const families = [
    ["a busy loop", "for (;;);"],
    ["what deaf ones left behind", "process.exit(3)"],
    ["deaf ones", "process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1000)"],
  ] as const;
  for (const [title, rest] of families)
    it(`leaves no children of children behind when it is killed: ${title}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "micro-dev-"));
      const deaf =
        "process.on('SIGTERM', () => undefined); console.log('deaf'); setInterval(() => undefined, 1000)";
      const source = `const { execPath } = process;
        const child = require("node:child_process").spawn(execPath, ["-e", ${JSON.stringify(deaf)}]);
        child.stdout.once("data", () => {
          require("node:fs").writeSync(1, "grandchild " + child.pid + " of " + process.pid + "\\n");
          ${rest}
        });`;
      writeFileSync(join(folder, "a.js"), source);
      const { running } = await dev([join(folder, "a.js")], /grandchild \d+ of \d+/);
      const found = [...running.stdout.matchAll(/grandchild (\d+) of (\d+)/g)];
      await running.kill("SIGKILL");
      await gone(found.flatMap(([, ...family]) => family.map(Number)));
      rmSync(folder, { recursive: true });
    });

  it("runs a changed file again", needs("python3"), async () => {
    const folder = mkdtempSync(join(tmpdir(), "micro-dev-"));
    const file = join(folder, "hello.py");
    writeFileSync(file, "import time\nprint('first', flush=True)\ntime.sleep(60)\n");
    const { running } = await dev([file]);
    await using _ = running;
    await running.output(/"line":"first"/);
    writeFileSync(file, "import time\nprint('second', flush=True)\ntime.sleep(60)\n");
    await running.output(/"line":"second"/);
    const children = pids(running);
    running.child.kill("SIGTERM");
    await running.exited();
    await gone(children);
    rmSync(folder, { recursive: true });
  });

  it("lets a program write beside its source, and restarts for what is changed in its own folder only", async () => {
    const folder = mkdtempSync(join(tmpdir(), "micro-dev-"));
    const [users, admin] = [join(folder, "users/m.js"), join(folder, "users-admin/m.js")];
    const writing = (line: string) => `
      const { appendFileSync, writeFileSync } = require("node:fs");
      let written = 0;
      console.log("${line}");
      setInterval(() => {
        for (const name of ["data.db", "events.log"]) appendFileSync(__dirname + "/" + name, "x");
        writeFileSync(__dirname + "/state.json", "{}");
        console.log("written " + ++written);
      }, 300);`;
    for (const file of [users, admin]) mkdirSync(dirname(file));
    writeFileSync(users, writing("first"));
    writeFileSync(admin, "setInterval(() => undefined, 1000);\n");
    const { running } = await dev([users, admin]);
    await using _ = running;
    const soFar = running.stdout.split('"line":"written ').length;
    await running.output(new RegExp(`"line":"written ${soFar + 6}"`));
    assert.equal(starts(running, "users/m"), 1);
    writeFileSync(admin, "console.log('admin'); setInterval(() => undefined, 1000);\n");
    await running.output(/"line":"admin"/);
    writeFileSync(users, writing("second"));
    await running.output(/"line":"second"/);
    assert.equal(starts(running, "users/m"), 2);
    assert.equal(starts(running, "users-admin/m"), 2);
    rmSync(folder, { recursive: true });
  });

  it("takes what goes to a log in its own folder for no change", async () => {
    const folder = mkdtempSync(join(tmpdir(), "micro-dev-"));
    writeFileSync(join(folder, "a.js"), "setInterval(() => console.log('tick'), 300);\n");
    const log = createWriteStream(join(folder, "dev.log"));
    const { running } = await dev([join(folder, "a.js")]);
    await using _ = running;
    running.child.stdout?.pipe(log);
    await running.output(/("line":"tick"[\s\S]*){8}/);
    assert.equal(pids(running).length, 1);
    rmSync(folder, { recursive: true });
  });

  it("says once that a program writes a source of its own, and runs it on", async () => {
    const folder = mkdtempSync(join(tmpdir(), "micro-dev-"));
    const file = join(folder, "a.js");
    const generating = (line: string) => `console.log("${line}");
      const { writeFileSync } = require("node:fs");
      setTimeout(() => writeFileSync(__dirname + "/same.js", "// generated"), 500);
      setTimeout(() => writeFileSync(__dirname + "/made.js", "// " + Date.now()), 1500);
      setInterval(() => undefined, 1000);`;
    writeFileSync(file, generating("first"));
    const { running } = await dev([file]);
    await using _ = running;
    await running.output(/writes \S*made\.js itself [\d.]+ s after each start/, 60_000);
    const before = pids(running).length;
    writeFileSync(file, generating("second"));
    await running.output(/"line":"second"/);
    assert.ok(
      pids(running).length - before <= 2,
      "one run for the second text, one for the last change of its own",
    );
    assert.ok(running.stdout.split(/same\.js changed/).length <= 3);
    assert.equal(running.stdout.split("after each start").length, 2);
    rmSync(folder, { recursive: true });
  });

  it("waits for a file that is deleted, and runs it when it is back", async () => {
    const folder = mkdtempSync(join(tmpdir(), "micro-dev-"));
    const file = join(folder, "a.js");
    writeFileSync(file, "setInterval(() => undefined, 1000);\n");
    const { running } = await dev([file]);
    await using _ = running;
    rmSync(file);
    await running.output(/a\.js is gone: runs again when it is back/);
    await gone(pids(running));
    writeFileSync(file, "console.log('back'); setInterval(() => undefined, 1000);\n");
    await running.output(/"line":"back"/);
    rmSync(folder, { recursive: true });
  });

  it("watches a folder that is deleted and made anew", async () => {
    const folder = mkdtempSync(join(tmpdir(), "micro-dev-"));
    const file = join(folder, "users/a.js");
    const saying = (line: string) => `console.log("${line}"); setInterval(() => undefined, 1000);`;
    const write = (line: string) => {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, saying(line));
    };
    write("first");
    const { running } = await dev([file]);
    await using _ = running;
    rmSync(dirname(file), { recursive: true });
    await running.output(/a\.js is gone: runs again when it is back/);
    write("back");
    await running.output(/"line":"back"/);
    await eventually(() => {
      write("changed");
      assert.match(running.stdout, /"line":"changed"/);
    }, 20_000);
    rmSync(folder, { recursive: true });
  });

  it("says once that a program is run again, however often its sources change until it ends", async () => {
    const folder = mkdtempSync(join(tmpdir(), "micro-dev-"));
    const [file, lib] = [join(folder, "a.js"), join(folder, "lib.js")];
    writeFileSync(
      file,
      `process.on("SIGTERM", () => setTimeout(() => process.exit(3), 3000));
      console.log("runs");
      setInterval(() => undefined, 1000);`,
    );
    const { running } = await dev([file]);
    await using _ = running;
    await running.output(/"line":"runs"/);
    let writes = 0;
    const ended = () => running.stdout.includes('"event":"child-exited"');
    for (const limit = performance.now() + 20_000; !ended() && performance.now() < limit; await wait(300))
      writeFileSync(lib, `// ${++writes}`);
    assert.ok(ended() && writes > 5, running.stdout);
    const [before = ""] = running.stdout.split('"event":"child-exited"');
    assert.equal(before.split("changed: runs again").length - 1, 1, before);
    rmSync(folder, { recursive: true });
  });

  it(
    "says that the system has no file watches left, and restarts for changes all the same",
    needsThat(
      () => spawnSync("unshare", ["-U", "-r", "sh", "-c", fewWatches]).status === 0,
      "needs unshare and a user namespace",
    ),
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "micro-dev-"));
      const [file, lib] = [join(folder, "a.js"), join(folder, "b/c/lib.js")];
      mkdirSync(dirname(lib), { recursive: true });
      writeFileSync(lib, "module.exports = 'first';\n");
      writeFileSync(file, "console.log(require('./b/c/lib.js')); setInterval(() => undefined, 1000);\n");
      const registry = `127.0.0.1:${await freePort()}`;
      const ports = ["api", "sidecar", "web"].map((name) => `--${name}_address=127.0.0.1:0`);
      const command = [
        process.execPath,
        bin,
        "dev",
        "--json",
        `--registry_address=${registry}`,
        ...ports,
        file,
      ];
      await using running = start("unshare", [
        "-U",
        "-r",
        "sh",
        "-c",
        `${fewWatches} && exec "$@"`,
        "sh",
        ...command,
      ]);
      await running.output(/"event":"ready"/);
      writeFileSync(lib, "module.exports = 'second';\n");
      await running.output(/"line":"second"/);
      const notes = running.stdout
        .match(/"event":"note".*/g)
        ?.filter((line) => /no file watches left/.test(line));
      assert.equal(notes?.length, 1, running.stdout);
      assert.match(notes?.[0] ?? "", /ENOSPC.*raise fs\.inotify\.max_user_watches, or run with --no_watch/);
      running.child.kill("SIGTERM");
      assert.equal(await running.exited(), 0, running.stderr);
      rmSync(folder, { recursive: true });
    },
  );

  it("kills what does not end on a second Ctrl-C, at once", async () => {
    const folder = mkdtempSync(join(tmpdir(), "micro-dev-"));
    const file = join(folder, "a.js");
    writeFileSync(
      file,
      "process.on('SIGTERM', () => console.log('stays')); setInterval(() => undefined, 1000);\n",
    );
    const { running } = await dev([file]);
    await using _ = running;
    running.child.kill("SIGINT");
    await running.output(/"line":"stays"/);
    await running.output(/does not end: killed after 10 s/);
    const before = performance.now();
    running.child.kill("SIGINT");
    assert.equal(await running.exited(), 130);
    await gone(pids(running));
    assert.ok(performance.now() - before < 8000);
    rmSync(folder, { recursive: true });
  });

  it("lets a child wait while nobody reads its output, and ends all the same", async () => {
    const folder = mkdtempSync(join(tmpdir(), "micro-dev-"));
    const file = join(folder, "a.js");
    const count = join(folder, "count");
    writeFileSync(
      file,
      `import { writeFileSync } from "node:fs";
      let lines = 0;
      const fill = () => {
        do writeFileSync(${JSON.stringify(count)}, String(++lines));
        while (process.stdout.write("x".repeat(10_000) + "\\n"));
        process.stdout.once("drain", fill);
      };
      fill();`,
    );
    const { running } = await dev([file], /"line":"x/);
    await using _ = running;
    running.child.stdout?.pause();
    let before = "";
    await eventually(async () => {
      before = readFileSync(count, "utf8");
      await wait(500);
      assert.equal(readFileSync(count, "utf8"), before);
    }, 20_000);
    const stopped = performance.now();
    running.child.kill("SIGTERM");
    assert.equal(await running.exited(), 0);
    assert.ok(performance.now() - stopped < 8000, "ended although nobody reads");
    await gone(pids(running));
    rmSync(folder, { recursive: true });
  });

  it("cuts a line without end into parts", async () => {
    const folder = mkdtempSync(join(tmpdir(), "micro-dev-"));
    const file = join(folder, "a.js");
    writeFileSync(
      file,
      'process.stdout.write("x".repeat(200_000) + "\\rtail\\r\\n"); setInterval(() => {}, 1000);\n',
    );
    const { running } = await dev([file], /"line":"tail"/);
    await using _ = running;
    const parts = [...running.stdout.matchAll(/"line":"(x+)"/g)].map(([, part = ""]) => part.length);
    assert.deepEqual(parts, [65_536, 65_536, 65_536, 3392]);
    rmSync(folder, { recursive: true });
  });

  it("cuts no character in two", async () => {
    const folder = mkdtempSync(join(tmpdir(), "micro-dev-"));
    const file = join(folder, "a.js");
    writeFileSync(file, 'console.log("x" + "😀".repeat(40_000) + "end"); setInterval(() => {}, 1000);\n');
    const { running } = await dev([file], /end"/);
    await using _ = running;
    const lines = [...running.stdout.matchAll(/"line":"([^"]*)"/g)].map(([, line = ""]) => line);
    assert.equal(lines.join(""), `x${"😀".repeat(40_000)}end`);
    rmSync(folder, { recursive: true });
  });

  it("runs a file once that is named twice", async () => {
    const folder = mkdtempSync(join(tmpdir(), "micro-dev-"));
    const file = join(folder, "a.js");
    writeFileSync(file, "setInterval(() => {}, 1000);\n");
    const { running } = await dev([file, `${folder}/./a.js`]);
    await using _ = running;
    assert.equal(pids(running).length, 1);
    rmSync(folder, { recursive: true });
  });

  it("runs a crashed file again", needs("python3"), async () => {
    const folder = mkdtempSync(join(tmpdir(), "micro-dev-"));
    const file = join(folder, "crash.py");
    writeFileSync(file, "raise SystemExit(3)\n");
    const { running } = await dev([file]);
    await using _ = running;
    await running.output(/("event":"child-exited","name":"[^"]*","code":3[\s\S]*){2}/);
    rmSync(folder, { recursive: true });
  });

  it("lets a file that ends with 0 be, until it changes", needs("python3"), async () => {
    const folder = mkdtempSync(join(tmpdir(), "micro-dev-"));
    const [task, crash] = [join(folder, "task.py"), join(folder, "crash.py")];
    writeFileSync(task, "print('first', flush=True)\n");
    writeFileSync(crash, "raise SystemExit(3)\n");
    const { running } = await dev([task, crash]);
    await using _ = running;
    const name = `${basename(folder)}/task`;
    await running.output(new RegExp(`"child-exited","name":"${name}","code":0,"finished":true`));
    // by then a crashed file runs for the third time
    await running.output(/("child-exited","name":"[^"]*","code":3[\s\S]*){3}/);
    assert.equal(starts(running, name), 1);
    writeFileSync(task, "print('second', flush=True)\n");
    await running.output(/"line":"second"/);
    assert.equal(starts(running, name), 2);
    rmSync(folder, { recursive: true });
  });

  describe("with the flags of the programs that it holds", () => {
    const devAt = async (...args: readonly string[]) => {
      const ports = ["api", "sidecar", "web"].map((name) => `--${name}_address=127.0.0.1:0`);
      const running = startMicro(["dev", "--json", ...ports, ...args]);
      const [line] = await running.output(/\{"event":"ready".*\}/);
      return { running, programs: JSON.parse(line).programs as Readonly<Record<string, string>> };
    };

    it("starts the embedded registry at --agent_address, where its services register", async () => {
      const at = `127.0.0.1:${await freePort()}`;
      const { running } = await devAt("--agent_address", at, "--example", "greeter");
      await using _ = running;
      const { stdout } = await micro(["list", "services", `--registry_address=${at}`]);
      assert.match(stdout, /go\.micro\.srv\.greeter/);
      assert.match(stdout, /go\.micro\.web/);
    });

    it("starts a whole system with TLS where no registry runs", async () => {
      const folder = mkdtempSync(join(tmpdir(), "micro-dev-"));
      const { key, cert } = selfSigned("DNS:localhost,IP:127.0.0.1");
      const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
      writeFileSync(certFile, cert);
      writeFileSync(keyFile, key, { mode: 0o600 });
      const tls = ["--tls_cert_file", certFile, "--tls_key_file", keyFile, "--tls_ca_file", certFile];
      const at = `127.0.0.1:${await freePort()}`;
      const list = async () => {
        const { stdout } = await micro([
          ...["list", "services", `--registry_address=https://${at}`, `--tls_ca_file=${certFile}`],
        ]);
        assert.match(stdout, /go\.micro\.srv\.greeter/);
        assert.match(stdout, /go\.micro\.web/);
        const { code } = await micro([
          ...["explain", "go.micro.srv.greeter", "Say.Hello", '{"name":"John"}'],
          ...[`--registry_address=https://${at}`, `--tls_ca_file=${certFile}`],
        ]);
        assert.equal(code, 0);
      };
      for (const where of [`--registry_address=https://${at}`, `--agent_address=${at}`]) {
        const { running } = await devAt(where, ...tls, "--example", "greeter");
        await using _ = running;
        await list();
      }
      rmSync(folder, { recursive: true });
    });

    it("demands the token everywhere, and lets its own services in", async () => {
      const folder = mkdtempSync(join(tmpdir(), "micro-dev-"));
      const file = join(folder, "token");
      writeFileSync(file, `${"t".repeat(32)}\n`, { mode: 0o600 });
      const at = `127.0.0.1:${await freePort()}`;
      const flags = ["--agent_address", at, "--token_file", file, "--web_admin"];
      const { running, programs } = await devAt(...flags, "--example", "greeter");
      await using _ = running;
      assert.equal((await ask(`http://${at}`, "GET", "/v1/catalog/services")).code, 401);
      assert.equal((await ask(programs.sidecar ?? "", "GET", "/registry")).code, 401);
      assert.match(programs.web ?? "", /\/login#t=/);
      const found = await micro(["list", "services", `--registry_address=${at}`, `--token_file=${file}`]);
      assert.match(found.stdout, /go\.micro\.srv\.greeter/);
      rmSync(folder, { recursive: true });
    });

    it("hands the settings of services to its children, and those of the gateway to it", async () => {
      const at = `127.0.0.1:${await freePort()}`;
      const { running, programs } = await devAt(
        ...["--agent_address", at, "--register_ttl", "45s", "--register_interval", "15s"],
        ...["--api_allow", "go.micro.srv.other", "--example", "greeter"],
      );
      await using _ = running;
      const checks = await ask(`http://${at}`, "GET", "/v1/agent/services");
      assert.match(checks.text, /go\.micro\.srv\.greeter/);
      const call = { service: "go.micro.srv.greeter", method: "Say.Hello", request: { name: "John" } };
      const { code } = await ask(programs.api ?? "", "POST", "/rpc", call, {
        "Content-Type": "application/json",
      });
      assert.equal(code, 403);
    });

    const refused: readonly (readonly [args: readonly string[], text: RegExp])[] = [
      [["--server_id", "x"], /--server_id has no effect on micro dev/],
      [["--proxy_address", "127.0.0.1:8081"], /--proxy_address has no effect on micro dev/],
      [["--workers", "2"], /unknown flag --workers/],
      [["--agent_adress", "127.0.0.1:1"], /did you mean --agent_address/],
      [["--agent_address", "127.0.0.1:1", "--registry_address", "127.0.0.1:2"], /name two registries/],
      [["--agent_address", "127.0.0.1:1", "--registry", "mdns"], /has no effect with --registry mdns/],
      [["--server_name", "app"], /go together/],
      [["--web_admin", "--agent_address", "127.0.0.1:0"], /--web_admin: needs --token_file/],
      [["/nothere/app.ts"], /run "\/nothere\/app.ts": no such file/],
    ];
    for (const [args, text] of refused)
      it(`refuses ${args.join(" ")}`, async () => {
        const { code, stderr } = await micro(["dev", ...args]);
        assert.match(stderr, text);
        assert.equal(code, 2);
      });
  });
});
