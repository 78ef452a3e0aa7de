import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { z } from "zod";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { service } from "../../src/service/index.js";
import { needs } from "../support/needs.js";
import { start } from "../support/programs/process.js";
import { openSidecar, ownService } from "./open-sidecar.js";

const docs = readFileSync(new URL("../../docs/sidecar.md", import.meta.url), "utf8");

/** Each block of commands, with what the block right behind it says that the last of them prints. */
const blocks = [...docs.matchAll(/```sh\n([\s\S]*?)```(?:\n\n```text\n([\s\S]*?)```)?/g)].map(
  ([, commands = "", output]) => ({ commands, output }),
);

describe("docs/sidecar.md", needs("curl"), () => {
  it("has blocks of commands", () => assert.ok(blocks.length >= 4));

  for (const { commands, output } of blocks)
    it(`runs: ${commands.split("\n", 1)[0]}`, async () => {
      const registry = new MemoryRegistry();
      const quick = { registry, broker: "memory", drainDelay: 0, argv: [], env: {} };
      await using greeter = service({ name: "go.micro.srv.greeter", ...quick });
      const types = { request: z.object({ name: z.string() }), response: z.object({ msg: z.string() }) };
      greeter.handle("Say.Hello", types, async ({ name }) => ({ msg: `Hello ${name}` }));
      await using counter = service({ name: "go.micro.srv.counter", ...quick });
      counter.stream("Count.Up", {}, async function* (requests) {
        for await (const request of requests)
          for (let at = 1; at <= (request as { to: number }).to; at++) yield { at };
      });
      await greeter.start();
      await counter.start();
      await using server = await openSidecar({}, ownService({ registry }));
      const script = commands.replaceAll("127.0.0.1:8081", server.address);
      await using shell = start("sh", ["-e", "-c", script]);
      const [code] = await once(shell.child, "close");
      assert.equal(code, 0, shell.stderr);
      const printed = shell.stdout.trimEnd();
      if (output !== undefined) assert.ok(printed.endsWith(output.trimEnd()), printed);
    });
});
