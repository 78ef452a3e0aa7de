import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { parseAddress } from "../../src/core/net/address.js";
import { eventually } from "../../src/testing/eventually.js";
import { FaultProxy } from "../../src/testing/faults/fault-proxy.js";

/** Sends each line back. */
const server = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  socket.pipe(socket);
});

async function through(proxy: FaultProxy): Promise<Caller> {
  const socket = connect(parseAddress(proxy.address));
  await once(socket, "connect");
  return new Caller(socket);
}

class Caller implements AsyncDisposable {
  readonly socket: Socket;
  text = "";
  ended = false;
  closed = false;
  error: NodeJS.ErrnoException | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1").on("data", (text: string) => {
      this.text += text;
    });
    socket.on("end", () => {
      this.ended = true;
    });
    socket.on("close", () => {
      this.closed = true;
    });
    socket.on("error", (error) => {
      this.error = error;
    });
  }

  async echoes(text: string): Promise<void> {
    this.socket.write(text);
    await eventually(() => assert.equal(this.text.endsWith(text), true));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
  }
}

describe("FaultProxy", () => {
  let target = "";
  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.close();
  });

  it("carries everything while there is no fault", async () => {
    await using proxy = await new FaultProxy(target).open();
    await using caller = await through(proxy);
    await caller.echoes("x".repeat(200_000));
    assert.equal(proxy.connections, 1);
    caller.socket.end();
    await eventually(() => assert.equal(caller.ended, true));
  });

  it("delays by the given time", async () => {
    await using proxy = await new FaultProxy(target).open();
    await using caller = await through(proxy);
    await proxy.inject({ kind: "delay", ms: 100 });
    const began = performance.now();
    await caller.echoes("late");
    assert.ok(performance.now() - began >= 190);
  });

  it("hangs without closing, and continues when healed", async () => {
    await using proxy = await new FaultProxy(target).open();
    await using caller = await through(proxy);
    await proxy.inject({ kind: "hang" });
    caller.socket.write("held");
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual([caller.text, caller.closed], ["", false]);
    await proxy.heal();
    await eventually(() => assert.equal(caller.text, "held"));
  });

  it("resets open connections and new ones", async () => {
    await using proxy = await new FaultProxy(target).open();
    await using caller = await through(proxy);
    await caller.echoes("before");
    await proxy.inject({ kind: "reset" });
    await eventually(() => assert.equal(caller.error?.code, "ECONNRESET"));
    const next = connect(parseAddress(proxy.address));
    const [error] = (await once(next, "error")) as [NodeJS.ErrnoException];
    assert.equal(error.code, "ECONNRESET");
  });

  it("refuses, and listens on the same port when healed", async () => {
    await using proxy = await new FaultProxy(target).open();
    const { address } = proxy;
    await proxy.inject({ kind: "refuse" });
    const [error] = (await once(connect(parseAddress(address)), "error")) as [NodeJS.ErrnoException];
    assert.equal(error.code, "ECONNREFUSED");
    await proxy.heal();
    assert.equal(proxy.address, address);
    await using caller = await through(proxy);
    await caller.echoes("back");
  });

  it("truncates, corrupts and trickles replies", async () => {
    await using proxy = await new FaultProxy(target).open();
    await using cut = await through(proxy);
    await proxy.inject({ kind: "truncate", bytes: 3 });
    cut.socket.write("abcdef");
    await eventually(() => assert.equal(cut.ended, true));
    assert.equal(cut.text, "abc");
    await using spoiled = await through(proxy);
    await proxy.inject({ kind: "corrupt", every: 2 });
    spoiled.socket.write("aaaa");
    await eventually(() => assert.equal(spoiled.text, "a\x9ea\x9e"));
    await using slow = await through(proxy);
    await proxy.inject({ kind: "trickle", bytes: 1, ms: 20 });
    const began = performance.now();
    await slow.echoes("abcde");
    assert.ok(performance.now() - began >= 75);
  });

  it("strands open connections for good without notifying either end, while new ones work", async () => {
    await using proxy = await new FaultProxy(target).open();
    await using stranded = await through(proxy);
    await stranded.echoes("before");
    proxy.strand();
    stranded.socket.write("lost");
    await using fresh = await through(proxy);
    await fresh.echoes("through");
    await proxy.heal();
    await fresh.echoes("still");
    assert.deepEqual([stranded.text, stranded.ended, stranded.closed], ["before", false, false]);
    stranded.socket.destroy();
    await fresh.echoes("after one end is gone");
  });

  it("leaves one side half open", async () => {
    await using proxy = await new FaultProxy(target).open();
    await using caller = await through(proxy);
    await caller.echoes("open");
    await proxy.inject({ kind: "halfOpen" });
    caller.socket.end();
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(caller.ended, false);
  });
});
