import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { eventually } from "../../src/testing/eventually.js";
import { ask } from "../support/ask.js";
import { micro, startMicro } from "../support/micro.js";
import { needs } from "../support/needs.js";
import { freePort, type Running } from "../support/process.js";

async function dev(args: readonly string[]): Promise<{ running: Running; registry: string }> {
  const registry = `127.0.0.1:${await freePort()}`;
  const ports = ["api", "sidecar", "web"].map((name) => `--${name}_address=127.0.0.1:0`);
  const running = startMicro(["dev", "--json", `--registry_address=${registry}`, ...ports, ...args]);
  await running.output(/"event":"ready"/);
  return { running, registry };
}

function pids({ stdout }: Running): number[] {
  return [...stdout.matchAll(/"event":"child-started","name":"[^"]*","pid":(\d+)/g)].map(([, pid]) =>
    Number(pid),
  );
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

  it("runs a crashed file again", needs("python3"), async () => {
    const folder = mkdtempSync(join(tmpdir(), "micro-dev-"));
    const file = join(folder, "crash.py");
    writeFileSync(file, "raise SystemExit(3)\n");
    const { running } = await dev([file]);
    await using _ = running;
    await running.output(/("event":"child-exited","name":"[^"]*","code":3[\s\S]*){2}/);
    rmSync(folder, { recursive: true });
  });
});
