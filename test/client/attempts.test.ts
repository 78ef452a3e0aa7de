import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, it } from "node:test";
import type { CallReport } from "../../src/client/client.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import type { Strategy } from "../../src/selector/selector.js";
import { service } from "../../src/service/index.js";

const name = "go.micro.srv.triple";
const quick = { broker: "memory", argv: [], env: {}, drainDelay: 0, name, version: "1" } as const;

/** Two nodes at one port that say nothing until both were asked, and hang up then. */
async function silentNodes() {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      if (!bytes.includes("Say.Hello")) return; // a look whether somebody is there
      if (sockets.push(socket) === 2) for (const each of sockets) each.destroy();
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const metadata = { protocol: "mucp", transport: "http" };
  const nodes = ["a", "b"].map((id) => ({ id, address: "127.0.0.1", port, metadata }));
  const registration = { name, version: "1", metadata: {}, endpoints: [], nodes };
  return { registration, [Symbol.dispose]: () => server.close() };
}

const inOrder: Strategy = (services) => {
  const nodes = services.flatMap((each) => each.nodes).sort((a, b) => (a.id < b.id ? -1 : 1));
  return () => nodes[0] ?? assert.fail("no node");
};

describe("the report of a call", () => {
  it("counts a copy that was sent to a second node, and the attempt after both", {
    timeout: 60_000,
  }, async () => {
    using silent = await silentNodes();
    await using registry = new MemoryRegistry();
    await registry.register(silent.registration);
    await using own = service({ ...quick, registry });
    own.handle("Say.Hello", {}, () => ({ msg: "hi" }));
    await own.start();
    let report: CallReport | undefined;
    const onDone = (done: CallReport) => {
      report = done;
    };
    const options = { idempotent: true, onDone, timeout: 30_000, select: { strategy: inOrder } };
    assert.deepEqual(await own.client.call(name, "Say.Hello", {}, options), { msg: "hi" });
    assert.equal(report?.attempts, 3);
  });
});
