import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MicroError } from "../../src/core/errors.js";
import { silent } from "../../src/core/log/log.js";
import { eventually } from "../../src/testing/eventually.js";
import { Gateways } from "../support/gateway.js";
import { bundled } from "../support/programs/bundled.js";
import { start } from "../support/programs/process.js";
import { System } from "../support/programs/system.js";

const whats = "frozen proxy liar endless revoked getters circular bare json symbol big null undefined text";

describe("what a handler throws", () => {
  it("is logged, and an internal error with the request's id for the caller, whatever it is", async () => {
    await using system = await System.open();
    const args = ["--enable-source-maps", await bundled("faulty"), `--registry_address=${system.registry}`];
    await using faulty = start(process.execPath, args);
    const { client } = system.service("go.micro.srv.caller");
    await faulty.output(/"serving"/);
    const ids = new Map<string, string>();
    for (const method of ["Throw.It", "Throw.Now"])
      for (const what of whats.split(" "))
        await assert.rejects(client.call("go.micro.srv.faulty", method, { what }), (error) => {
          assert.ok(MicroError.is(error));
          const { id, code, detail } = error;
          const found = detail.match(/^Throw\.\w+: internal error, see the log for request ([\w-]{36})$/);
          assert.ok(found?.[1], `${method} ${what}: ${detail}`);
          assert.deepEqual([id, code], ["go.micro.srv.faulty", 500]);
          ids.set(`${method} ${what}`, found[1]);
          return true;
        });
    await eventually(() => {
      const lines = faulty.stderr.trim().split("\n");
      const logged = new Map(lines.map((line) => [JSON.parse(line).request as string, JSON.parse(line)]));
      for (const [what, id] of ids) assert.equal(logged.get(id)?.msg, "handler failed", what);
      const err = (what: string) => logged.get(ids.get(`Throw.It ${what}`) ?? "")?.err;
      assert.equal(err("frozen").message, "frozen");
      assert.match(err("frozen").stack, /faulty\.ts/);
      assert.equal(err("circular").message, "circular: its cause: ...");
      assert.equal(err("circular").self, "[circular]");
      assert.equal(err("getters").more, "[unreadable]");
      assert.equal(err("text"), "only text");
    });
  });

  it("is logged, and nothing else, where the service was started and not run", async () => {
    await using started = start(process.execPath, [await bundled("programs/started-only")]);
    assert.equal(await started.closed(), 0);
    const [, id] = started.stdout.match(/see the log for request ([\w-]{36})/) ?? [];
    const lines = started.stderr.trim().split("\n");
    assert.equal(lines.length, 1, started.stderr);
    const { level, request, err } = JSON.parse(lines[0] ?? "");
    assert.deepEqual([level, request, err.message], [50, id, "what only the log says"]);
  });

  it("does not reach the caller through a custom log that throws", async () => {
    await using gateways = new Gateways();
    const lines: unknown[] = [];
    const error = (fields: { err?: object }, text: string) => {
      Object.assign(fields.err ?? {}, { tag: 1 });
      lines.push([text, (fields.err as Error).message]);
    };
    const faulty = gateways.service("go.micro.srv.faulty", { log: { ...silent, error } });
    faulty.handle("Throw.Frozen", {}, async () => {
      throw Object.freeze(new Error("frozen"));
    });
    await gateways.run(faulty);
    await assert.rejects(faulty.client.call("go.micro.srv.faulty", "Throw.Frozen", {}), (error) => {
      assert.match(String(error), /Throw\.Frozen: internal error, see the log for request/);
      return true;
    });
    assert.deepEqual(lines, [["handler failed", "frozen"]]);
  });
});
