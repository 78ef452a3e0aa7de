import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { type FlagCase, flagCases } from "../../support/flag-cases.js";
import { startMicro } from "../../support/programs/micro.js";
import { System } from "../../support/programs/system.js";

const manifest = JSON.parse(
  readFileSync(fileURLToPath(new URL("../../../oclif.manifest.json", import.meta.url)), "utf8"),
) as { commands: Record<string, { flags: Record<string, unknown> }> };

/** What a case shows: that a flag works, or only that it is known and read, by how it is refused. */
function outcome(found: FlagCase | undefined): string {
  const [, , end = 0] = found ?? [];
  return end === 0 || end === "serves" ? "works" : `is read, and ends with exit code ${end}`;
}

describe("every flag of every command", { timeout: 240_000 }, () => {
  let system: System;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "micro-flags-"));
    writeFileSync(join(folder, "BODY-name"), '{"name":"Ann"}');
    writeFileSync(join(folder, "BODY-count"), '{"count":1}');
    writeFileSync(
      join(folder, "BODY-service"),
      '{"name":"x","nodes":[{"id":"x-1","address":"127.0.0.1","port":1}]}',
    );
    system = await System.open();
    const greeter = system.service("go.micro.srv.greeter");
    const hello = { request: z.object({ name: z.string() }), response: z.object({ msg: z.string() }) };
    greeter.handle("Say.Hello", hello, async ({ name }) => ({ msg: `Hello ${name}` }));
    const count = { request: z.object({ count: z.number() }), response: z.object({ count: z.number() }) };
    greeter.stream("Count.Up", count, async function* (requests) {
      for await (const request of requests) {
        for (let at = 1; at <= request.count; at++) yield { count: at };
        return;
      }
    });
    greeter.stream("Count.Echo", count, async function* (requests) {
      for await (const request of requests) yield request;
    });
    greeter.stream("Count.Hang", count, async function* (_, { signal }) {
      yield { count: 1 };
      await once(signal, "abort");
    });
    await greeter.start();
  });

  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  async function run(words: string, effect: RegExp, end: number | "serves"): Promise<void> {
    const registry = /--registry=memory/.test(words) ? {} : { MICRO_REGISTRY_ADDRESS: system.registry };
    await using running = startMicro(words.split(" "), {
      cwd: folder,
      env: {
        XDG_CONFIG_HOME: join(folder, words.startsWith("context") ? "contexts" : "none"),
        MICRO_DRAIN_DELAY: "0",
        ...registry,
      },
      input: "",
    });
    if (end === "serves") {
      await running.output(effect);
      running.child.kill("SIGTERM");
      assert.ok([0, 143].includes(Number(await running.closed())), running.stderr);
      return;
    }
    assert.equal(await running.closed(), end, `${running.stdout}${running.stderr}`);
    assert.match(running.stdout + running.stderr, effect);
  }

  for (const [id, { flags }] of Object.entries(manifest.commands))
    for (const flag of Object.keys(flags)) {
      const found = flagCases[id]?.[flag];
      it(`${outcome(found)}: micro ${id.replaceAll(":", " ")} --${flag}`, { timeout: 20_000 }, async () => {
        assert.ok(found, `no use of it is in test/support/flag-cases.ts`);
        const [words, effect, end = 0] = found;
        await run(words, effect, end);
      });
    }

  it("knows no flag that is gone", () => {
    const gone = Object.entries(flagCases).flatMap(([id, flags]) =>
      Object.keys(flags).filter((flag) => manifest.commands[id]?.flags[flag] === undefined),
    );
    assert.deepEqual(gone, []);
  });
});
