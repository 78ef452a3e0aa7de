import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { parseAddress } from "../../src/core/net/address.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { type ServiceOptions, service } from "../../src/service/index.js";
import { start } from "../support/programs/process.js";

const quick = { broker: "memory", argv: [], env: {}, drainDelay: 0, name: "go.micro.srv.life" } as const;

function made(options: Partial<ServiceOptions> = {}) {
  const registry = new MemoryRegistry();
  const life = service({ ...quick, registry, ...options });
  life.handle("Say.Hello", {}, async () => ({}));
  return {
    life,
    registry,
    async [Symbol.asyncDispose]() {
      await life.close();
      await registry.close();
    },
  };
}

/** True while something listens at `address`. */
async function listens(address: string): Promise<boolean> {
  const { host, port } = parseAddress(address);
  const socket = connect(port, host);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe("the life of a service", () => {
  it("refuses a second start and keeps the first, also while the first is still starting", async () => {
    await using one = made();
    const first = one.life.start();
    await assert.rejects(one.life.start(), { code: 400, detail: /already started/ });
    await first;
    const { address } = one.life.server;
    await assert.rejects(one.life.start(), { code: 400, detail: /already started/ });
    assert.equal(one.life.server.address, address);
    assert.equal((await one.registry.getService(quick.name))[0]?.nodes.length, 1);
    await one.life.close();
    assert.equal(await listens(address), false);
  });

  it("refuses to start once it is closed, and leaves nothing listening or registered", async () => {
    await using one = made();
    await one.life.close();
    await assert.rejects(one.life.start(), { code: 400, detail: /closed/ });
    await assert.rejects(one.life.run(), { code: 400, detail: /closed/ });
    assert.equal(one.life.server.address, "");
    await assert.rejects(one.registry.getService(quick.name), { code: 404 });
  });

  it("leaves nothing listening or registered when it is closed while it starts", async () => {
    await using one = made();
    const starting = assert.rejects(one.life.start(), { code: 400, detail: /closed/ });
    await one.life.close();
    await starting;
    assert.equal(one.life.server.address === "" || !(await listens(one.life.server.address)), true);
    await assert.rejects(one.registry.getService(quick.name), { code: 404 });
  });

  it("refuses run after start, handles no message twice, and leaves nothing running", async () => {
    await using one = made();
    const got: unknown[] = [];
    one.life.subscribe("news", (message) => {
      got.push(message);
    });
    await one.life.start();
    const { address } = one.life.server;
    await one.life.client.publish("news", { text: "hi" });
    assert.deepEqual(got, [{ text: "hi" }]);
    await assert.rejects(one.life.run(), { code: 400, detail: /already started/ });
    assert.equal(await listens(address), false);
    await assert.rejects(one.registry.getService(quick.name), { code: 404 });
  });

  it("closes what it opened when it cannot start", async () => {
    await using taken = made();
    await taken.life.start();
    const { address } = taken.life.server;
    await using other = made({ address });
    await assert.rejects(other.life.start(), { reason: "ADDRESS_IN_USE" });
    await assert.rejects(other.life.start(), { code: 400, detail: /closed/ });
  });

  it("refuses a second handler for a method, whatever its kind, and keeps the first", async () => {
    await using one = made();
    const second = { code: 400, detail: /"Say.Hello".*already has a handler/ };
    assert.throws(() => one.life.handle("Say.Hello", {}, async () => ({ second: true })), second);
    assert.throws(() => one.life.stream("Say.Hello", {}, async function* () {}), second);
    assert.throws(() => one.life.handle("Debug.Health", {}, async () => ({})), { code: 400 });
    await one.life.start();
    assert.deepEqual(await one.life.client.call(quick.name, "Say.Hello", {}), {});
    const [registered] = await one.registry.getService(quick.name);
    assert.equal(registered?.endpoints.length, 1);
  });

  it("refuses handlers and subscribers after the start, which would not be registered", async () => {
    await using one = made();
    await one.life.start();
    const late = { code: 400, detail: /after the start/ };
    assert.throws(() => one.life.handle("Say.Late", {}, async () => ({})), late);
    assert.throws(() => one.life.stream("Say.Later", {}, async function* () {}), late);
    assert.throws(() => one.life.subscribe("late", async () => {}), late);
  });

  it("accepts synchronous handlers: calls, streams and subscribers", async () => {
    await using one = made();
    const got: unknown[] = [];
    one.life.handle("Say.Plain", {}, () => ({ plain: true }));
    one.life.handle("Say.Throws", {}, () => {
      throw new Error("at once");
    });
    one.life.stream("Say.Each", {}, () => [{ n: 1 }, { n: 2 }]);
    one.life.stream("Say.Generated", {}, function* () {
      yield { n: 3 };
    });
    one.life.subscribe("news", (message) => {
      got.push(message);
    });
    await one.life.start();
    const { client } = one.life;
    assert.deepEqual(await client.call(quick.name, "Say.Plain", {}), { plain: true });
    await assert.rejects(client.call(quick.name, "Say.Throws", {}), { code: 500 });
    for (const [method, replies] of [
      ["Say.Each", [{ n: 1 }, { n: 2 }]],
      ["Say.Generated", [{ n: 3 }]],
    ] as const) {
      const stream = await client.stream(quick.name, method);
      const seen: unknown[] = [];
      for await (const reply of stream) seen.push(reply);
      assert.deepEqual(seen, replies);
    }
    await client.publish("news", { text: "hi" });
    assert.deepEqual(got, [{ text: "hi" }]);
  });

  it("ends the process with one error when run comes after start", async () => {
    const file = "test/support/programs/started-and-run.ts";
    const flags = ["--registry=memory", "--broker=memory"];
    await using program = start(process.execPath, ["--import", "tsx", file, ...flags]);
    assert.equal(await program.closed(), 2);
    assert.match(program.stderr, /already started/);
  });
});
