import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { emptyBody } from "../../src/core/message.js";
import { eventually } from "../../src/testing/eventually.js";
import { transportSuite } from "../../src/testing/transport/transport.js";
import { openTransport, type TransportHandler } from "../../src/transport/index.js";
import { subjectOf } from "../../src/transport/nats/subject.js";
import { needs } from "../support/needs.js";
import { type NatsServer, startNats } from "../support/servers/nats.js";

const echo: TransportHandler = {
  opensStream: () => false,
  call: async (message) => message,
  stream: async () => {},
};

describe("NATS transport", needs("nats-server"), () => {
  let server: NatsServer;
  before(async () => {
    server = await startNats();
  });
  after(() => server[Symbol.asyncDispose]());
  const open = () => openTransport("nats", { addresses: [server.address] });

  transportSuite("nats", open);

  it("carries calls between two programs, at a generated or given address", async () => {
    await using one = await open();
    await using other = await open();
    const made = await one.listen("127.0.0.1:0", echo);
    const given = await one.listen("10.0.0.1:7001", echo);
    assert.equal(given.address, "10.0.0.1:7001");
    for (const { address } of [made, given]) {
      const connection = await other.dial(address);
      const reply = await connection.call({ header: { "X-A": "b" }, body: Buffer.from(address) });
      assert.equal(Buffer.from(reply.body).toString(), address);
    }
    await assert.rejects(other.listen("10.0.0.1:7001", echo), { reason: "ADDRESS_IN_USE" });
  });

  it("serves again when the server is back", async () => {
    await using one = await open();
    await using other = await open();
    const { address } = await one.listen("127.0.0.1:0", echo);
    const call = async () => (await other.dial(address)).call({ header: {}, body: emptyBody });
    await call();
    await server.restart();
    const end = performance.now() + 20_000;
    for (;;) {
      const answered = await call().then(
        () => true,
        () => false,
      );
      if (answered) break;
      assert.ok(performance.now() < end);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
});

describe("handlers over NATS", needs("nats-server"), () => {
  it("open sockets of their own, also while another connection is being made", async () => {
    await using server = await startNats();
    const web = createServer((socket) => void socket.resume().write("hello")).listen(0, "127.0.0.1");
    const mute = createServer((socket) => void socket.resume()).listen(0, "127.0.0.1");
    await Promise.all([once(web, "listening"), once(mute, "listening")]);
    const portOf = (each: typeof web) => (each.address() as AddressInfo).port;
    const greeting = async () => {
      const socket = connect(portOf(web), "127.0.0.1");
      const [data] = await once(socket, "data");
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(socket.destroyed, false);
      socket.destroy();
      return String(data);
    };
    await using one = await openTransport("nats", { addresses: [server.address] });
    await using other = await openTransport("nats", { addresses: [server.address] });
    await using third = await openTransport("nats", { addresses: [`127.0.0.1:${portOf(mute)}`] });
    const { address } = await one.listen("127.0.0.1:0", {
      ...echo,
      call: async (message) => {
        const greetings = await Promise.all([greeting(), greeting()]);
        return { ...message, body: Buffer.from(greetings.join()) };
      },
    });
    const failing = assert.rejects(third.dial("127.0.0.1:1"));
    for (let n = 0; n < 3; n++) {
      const reply = await (await other.dial(address)).call({ header: {}, body: emptyBody });
      assert.equal(Buffer.from(reply.body).toString(), "hello,hello");
    }
    await failing;
    for (const each of [web, mute]) each.close();
  });
});

describe("a NATS server that cannot be reached", () => {
  it("is named in the error, with its address and whether it accepts connections", async () => {
    const connected = new Set<Socket>();
    const mute = createServer((socket) => connected.add(socket.on("error", () => {}))).listen(0, "127.0.0.1");
    await once(mute, "listening");
    const address = `127.0.0.1:${(mute.address() as AddressInfo).port}`;
    await using transport = await openTransport("nats", { addresses: [address] });
    const dial = () => transport.dial("127.0.0.1:1");
    await assert.rejects(dial, {
      reason: "NODE_UNREACHABLE",
      backend: { name: "nats", address, silent: true },
    });
    // neither a process that wants to end nor the next attempt finds it open
    for (const socket of connected) if (!socket.destroyed) await once(socket.resume(), "close");
    await once(mute.close(), "close");
    await assert.rejects(dial, { backend: { name: "nats", address, silent: false } });
  });
});

describe("a NATS server that stops answering", () => {
  it("holds one connection of a client that keeps trying to reconnect", async () => {
    const sockets = new Set<Socket>();
    let mute = false;
    let opened = 0;
    const fake = createServer((socket) => {
      opened++;
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
      if (mute) return void socket.resume();
      socket.write(
        `INFO ${JSON.stringify({ server_id: "x", version: "2.10.0", proto: 1, max_payload: 1_048_576, headers: true })}\r\n`,
      );
      socket.on("data", (data) => {
        for (const _ of String(data).matchAll(/PING/g)) socket.write("PONG\r\n");
      });
    }).listen(0, "127.0.0.1");
    await once(fake, "listening");
    const address = `127.0.0.1:${(fake.address() as AddressInfo).port}`;
    await using _ = { [Symbol.asyncDispose]: async () => void fake.close() };
    await using transport = await openTransport("nats", { addresses: [address] });
    await transport.listen("127.0.0.1:0", echo);
    mute = true;
    for (const socket of sockets) socket.destroy();
    await eventually(() => assert.ok(opened >= 4, `${opened} attempts`), 20_000);
    assert.ok(sockets.size <= 2, `${sockets.size} open`);
    await transport.close();
    await eventually(() => assert.equal(sockets.size, 0));
  });
});

describe("subjects of NATS", () => {
  it("are the topic itself where that has no special characters, and differ for all others", () => {
    assert.equal(subjectOf("go.micro.topic"), "go.micro.topic");
    const odd = ["a.*", "a.>", "a b", "a..b", ".a", "a.", "", "%", "%0020", " ", "a%b", "\u2028", " 28"];
    const made = odd.map(subjectOf);
    assert.equal(new Set(made).size, odd.length);
    for (const subject of made) assert.match(subject, /^[^\s*>]+$/);
    for (const subject of made) assert.doesNotMatch(subject, /^\.|\.\.|\.$/);
  });
});
