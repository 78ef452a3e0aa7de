import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { service } from "../../src/service/index.js";

const unknown = "go.micro.srv.unknown";

describe("while the registry hangs", { timeout: 60_000 }, () => {
  const sockets = new Set<Socket>();
  const registry = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).resume(); // takes every question and answers none
  });
  before(() => once(registry.listen(0, "127.0.0.1"), "listening"));
  after(() => {
    for (const socket of sockets) socket.destroy();
    registry.close();
  });
  const open = () => {
    const registryAddress = [`127.0.0.1:${(registry.address() as AddressInfo).port}`];
    return service({ name: "caller", broker: "memory", registryAddress, argv: [], env: {}, drainDelay: 0 });
  };

  it("a stream to an unknown service ends with its signal", async () => {
    await using caller = open();
    const stop = new AbortController();
    const opening = caller.client.stream(unknown, "Say.Hello", { signal: stop.signal });
    stop.abort(new Error("enough"));
    await assert.rejects(opening, /enough/);
  });

  it("a stream without a signal fails in time", async () => {
    await using caller = open();
    const failing = [{}, { node: `${unknown}-1` }].map((options) =>
      assert.rejects(caller.client.stream(unknown, "Say.Hello", options), {
        code: 503,
        reason: "REGISTRY_UNREACHABLE",
      }),
    );
    await Promise.all(failing);
  });

  it("a call ends with its signal", async () => {
    await using caller = open();
    const stop = new AbortController();
    const call = caller.client.call(unknown, "Say.Hello", {}, { signal: stop.signal, timeout: 60_000 });
    stop.abort(new Error("enough"));
    await assert.rejects(call, /enough/);
  });
});
