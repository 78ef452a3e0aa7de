import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, before, describe, it } from "node:test";
import { internal, MicroError } from "../../src/core/errors.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { type MicroService, service } from "../../src/service/index.js";

const quick = { broker: "memory", argv: [], env: {}, drainDelay: 0 } as const;

/** A peer of the Go wire that answers each request with the same bytes. */
async function peer(type: string, body: string) {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", () =>
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      ),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

describe("errors for replies and attempts", () => {
  let registry: MemoryRegistry;
  let caller: MicroService;

  before(() => {
    registry = new MemoryRegistry();
    caller = service({ ...quick, name: "go.micro.srv.caller", registry });
  });

  after(async () => {
    await caller.close();
    await registry.close();
  });

  it("is 502, executed unknown, for bytes that are no HTTP response, and only idempotent calls are repeated", async () => {
    let asked = 0;
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => {
        asked++;
        socket.write("SSH-2.0-OpenSSH_9.2\r\n\r\n");
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const name = "go.micro.srv.nohttp";
    const metadata = { protocol: "mucp", transport: "http" };
    const bad = { id: "bad", address: "127.0.0.1", port, metadata };
    await registry.register({ name, version: "1", metadata: {}, endpoints: [], nodes: [bad] });
    try {
      await assert.rejects(caller.client.call(name, "Say.Hello", {}), {
        code: 502,
        reason: "REMOTE_ERROR",
        executed: "unknown",
      });
      assert.equal(asked, 1);
      const other = { ...bad, id: "other" };
      const both = "go.micro.srv.either";
      await using good = service({ ...quick, name: both, registry, transport: "http" });
      good.handle("Say.Hello", {}, () => ({ msg: "hi" }));
      await good.start();
      await registry.register({ name: both, version: "1", metadata: {}, endpoints: [], nodes: [other] });
      await using fresh = service({ ...quick, name: "go.micro.srv.fresh", registry });
      for (let i = 0; i < 50 && asked === 1; i++)
        assert.deepEqual(await fresh.client.call(both, "Say.Hello", {}, { idempotent: true }), { msg: "hi" });
      assert.equal(asked, 2);
    } finally {
      server.close();
    }
  });

  for (const [what, protocol, type, body] of [
    ["no JSON", "mucp", "application/json", "{nope"],
    ["cut JSON", "mucp", "application/json", '{"a":'],
    ["no envelope", "", "application/json", "hello"],
    ["an envelope without a result", "", "application/json", '{"id":0,"error":null}\n'],
  ] as const)
    it(`is 502, executed unknown, for ${what}`, async () => {
      const server = await peer(type, body);
      const { port } = server.address() as { port: number };
      const metadata = { protocol, transport: "http" };
      const nodes = [{ id: "n1", address: "127.0.0.1", port, metadata }];
      const name = `go.micro.srv.${what.replaceAll(" ", "")}`;
      await registry.register({ name, version: "1", metadata: {}, endpoints: [], nodes });
      try {
        await assert.rejects(caller.client.call(name, "Say.Hello", {}), {
          code: 502,
          reason: "REMOTE_ERROR",
          executed: "unknown",
        });
      } finally {
        server.close();
      }
    });

  it("still accepts null as a result", async () => {
    const server = await peer("application/json", '{"id":0,"result":null,"error":null}\n');
    const { port } = server.address() as { port: number };
    const nodes = [{ id: "n1", address: "127.0.0.1", port, metadata: { transport: "http" } }];
    await registry.register({ name: "go.micro.srv.null", version: "1", metadata: {}, endpoints: [], nodes });
    try {
      assert.equal(await caller.client.call("go.micro.srv.null", "Say.Hello", {}), null);
    } finally {
      server.close();
    }
  });

  it("reports that an earlier attempt may have run, even if a later one certainly did not", async () => {
    // The first node takes the request and hangs up; nothing listens where the second was.
    const lost = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.destroy());
    }).listen(0, "127.0.0.1");
    await once(lost, "listening");
    const gone = createServer().listen(0, "127.0.0.1");
    await once(gone, "listening");
    const ports = [lost, gone].map((server) => (server.address() as { port: number }).port);
    gone.close();
    await once(gone, "close");
    const metadata = { protocol: "mucp", transport: "http" };
    const nodes = ports.map((port) => ({ id: `n${port}`, address: "127.0.0.1", port, metadata }));
    const name = "go.micro.srv.lost";
    await registry.register({ name, version: "1", metadata: {}, endpoints: [], nodes });
    try {
      for (let round = 0; round < 5; round++)
        await assert.rejects(
          caller.client.call(name, "Say.Hello", {}, { idempotent: true, retries: 3 }),
          (error) => {
            assert.ok(MicroError.is(error));
            assert.equal(error.executed, "unknown", error.detail);
            assert.ok((error.attempts ?? 0) >= 2, `${error.attempts} attempts`);
            return true;
          },
        );
    } finally {
      lost.close();
    }
  });

  for (const letter of ["x", "ä", "\n", "日"])
    it(`shortens a long detail of ${JSON.stringify(letter)}, and keeps its code`, async () => {
      for (const transport of ["http", "memory"]) {
        await using long = service({
          ...quick,
          name: `go.micro.srv.long${letter.charCodeAt(0)}.${transport}`,
          registry,
          transport,
        });
        long.handle("Say.Long", {}, () => {
          throw new MicroError("go.micro.srv.long", 400, letter.repeat(60_000));
        });
        await long.start();
        await assert.rejects(caller.client.call(long.name, "Say.Long", {}), (error) => {
          assert.ok(MicroError.is(error));
          assert.equal(error.code, 400);
          assert.equal(error.id, "go.micro.srv.long");
          assert.match(error.detail, /…$/);
          assert.ok(error.detail.length > 1000);
          return true;
        });
        assert.ok(internal("x", "y").toText(100).length < 100);
      }
    });
});
