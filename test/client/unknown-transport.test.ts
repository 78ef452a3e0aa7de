import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { type MicroService, service } from "../../src/service/index.js";

const quick = { broker: "memory", argv: [], env: {}, drainDelay: 0 } as const;
const name = "go.micro.srv.mixed";

describe("a node whose transport the caller cannot open", () => {
  const folder = mkdtempSync(join(tmpdir(), "micro-transport-"));
  let registry: MemoryRegistry;
  let good: MicroService;

  before(async () => {
    registry = new MemoryRegistry();
    good = service({ ...quick, name, registry, transport: "http" });
    good.handle("Say.Hello", {}, () => ({ msg: "hi" }));
    good.stream("Say.Count", {}, async function* () {
      yield { count: 1 };
    });
    await good.start();
  });

  after(async () => {
    await good.close();
    await registry.close();
    rmSync(folder, { recursive: true });
  });

  async function register(transport: string, to = name): Promise<void> {
    const node = {
      id: `odd-${to}`,
      address: "127.0.0.1",
      port: 1,
      metadata: { protocol: "mucp", transport },
    };
    await registry.register({ name: to, version: "1", metadata: {}, endpoints: [], nodes: [node] });
  }

  for (const transport of ["pigeon", "constructor", "nats"])
    it(`is passed over for another one: ${transport}`, async () => {
      await register(transport);
      await using caller = service({ ...quick, name: "go.micro.srv.caller", registry });
      for (let i = 0; i < 20; i++)
        assert.deepEqual(await caller.client.call(name, "Say.Hello", {}), { msg: "hi" });
      await using fresh = service({ ...quick, name: "go.micro.srv.fresh", registry });
      for (let i = 0; i < 20; i++) {
        await using stream = await fresh.client.stream<{ count: number }>(name, "Say.Count");
        for await (const { count } of stream) assert.equal(count, 1);
      }
    });

  it("is named, with its transport, when there is no other one", async () => {
    await register("pigeon", "go.micro.srv.alone");
    await using caller = service({ ...quick, name: "go.micro.srv.caller", registry });
    await assert.rejects(caller.client.call("go.micro.srv.alone", "Say.Hello", {}), {
      code: 503,
      reason: "NODE_UNREACHABLE",
      executed: "no",
      node: "odd-go.micro.srv.alone",
      message: /transport "pigeon"/,
    });
  });

  it("runs no code of a path or package that it names", async () => {
    const proof = join(folder, "ran");
    const module = join(folder, "evil.mjs");
    writeFileSync(
      module,
      `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(proof)}, "");`,
    );
    await using caller = service({ ...quick, name: "go.micro.srv.caller", registry });
    for (const [index, transport] of [module, `file://${module}`, "fast-check"].entries()) {
      const to = `go.micro.srv.evil${index}`;
      await register(transport, to);
      await assert.rejects(caller.client.call(to, "Say.Hello", {}), { reason: "NODE_UNREACHABLE" });
      assert.equal(existsSync(proof), false);
    }
  });

  it("is a wrong setting, and no fault of the node, when it is the transport that the caller was told to use", async () => {
    await register("pigeon", "go.micro.srv.own");
    await using caller = service({ ...quick, name: "go.micro.srv.caller", registry, transport: "pigeon" });
    await assert.rejects(caller.client.call("go.micro.srv.own", "Say.Hello", {}), {
      reason: "BAD_FLAG_VALUE",
    });
  });
});
