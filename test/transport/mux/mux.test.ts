import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { transportSuite } from "../../../src/testing/transport/transport.js";
import { HttpTransport } from "../../../src/transport/http/transport.js";
import { MuxConnection } from "../../../src/transport/mux/calls/connection.js";
import { mux } from "../../../src/transport/mux/mux.js";
import type { Transport } from "../../../src/transport/transport.js";
import { echo, message, text } from "../../support/mux.js";

/** A transport that knows of each node that it offers mux. */
async function open(): Promise<Transport> {
  const http = new HttpTransport({ upgrade: mux });
  return {
    name: "mux",
    dial: (address, options) => http.dial(address, { ...options, mux: true }),
    listen: (address, handler, options) => http.listen(address, handler, options),
    close: () => http.close(),
    [Symbol.asyncDispose]: () => http.close(),
  };
}

transportSuite("mux", open);

describe("the upgrade to mux", () => {
  it("serves mux and HTTP on one port", async () => {
    await using transport = new HttpTransport({ upgrade: mux });
    const listener = await transport.listen("127.0.0.1:0", echo);
    const framed = await transport.dial(listener.address, { mux: true });
    const plain = await transport.dial(listener.address);
    assert.ok(framed instanceof MuxConnection);
    assert.ok(!(plain instanceof MuxConnection));
    for (const connection of [framed, plain])
      assert.equal(text(await connection.call(message("hi", { "Micro-Method": "Test.Echo" }))), "hi");
  });

  it("falls back to HTTP where the peer does not know mux, and remembers it", async () => {
    let upgrades = 0;
    const server = createServer((request, response) => {
      if (request.headers.upgrade) upgrades++;
      response.end("plain");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    await using transport = new HttpTransport({ upgrade: mux });
    for (let i = 0; i < 3; i++) {
      const connection = await transport.dial(`127.0.0.1:${port}`, { mux: true });
      assert.equal(text(await connection.call(message("x", { "Micro-Method": "A.B" }))), "plain");
    }
    assert.equal(upgrades, 1);
    await transport.close();
    server.close();
    server.closeAllConnections();
  });

  it("dials again after the connection was closed", async () => {
    await using transport = new HttpTransport({ upgrade: mux });
    const listener = await transport.listen("127.0.0.1:0", echo);
    const first = await transport.dial(listener.address, { mux: true });
    await first.close();
    const second = await transport.dial(listener.address, { mux: true });
    assert.notEqual(first, second);
    assert.equal(text(await second.call(message("hi"))), "hi");
  });

  it("counts the calls of both protocols against one limit", async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const call: typeof echo.call = async (request) => {
      await released;
      return request;
    };
    await using transport = new HttpTransport({ upgrade: mux });
    const listener = await transport.listen("127.0.0.1:0", { ...echo, call }, { maxCalls: 1 });
    const framed = await transport.dial(listener.address, { mux: true });
    const plain = await transport.dial(listener.address);
    const held = framed.call(message("held"));
    const reply = await plain.call(message("x", { "Micro-Method": "Test.Echo" }));
    assert.equal(reply.header["X-Micro-Not-Executed"], "1");
    release();
    await held;
  });

  it("refuses an upgrade whose Host is a name from elsewhere", async () => {
    await using transport = new HttpTransport({ upgrade: mux });
    const listener = await transport.listen("127.0.0.1:0", echo);
    const socket = connect(Number(listener.address.split(":")[1]), "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: evil.test\r\nConnection: Upgrade\r\nUpgrade: micro-mux\r\n\r\n");
    const [answer] = await once(socket, "data");
    assert.match(String(answer), /^HTTP\/1\.1 421 /);
    socket.destroy();
  });
});
