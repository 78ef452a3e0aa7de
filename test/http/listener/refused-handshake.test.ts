import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, it } from "node:test";
import { parseAddress } from "../../../src/core/net/address.js";
import { eventually } from "../../../src/testing/eventually.js";
import { Backend } from "../../support/backend.js";
import { askRaw } from "../../support/bytes/raw-answer.js";
import { Gateways } from "../../support/gateway.js";
import { handshake } from "../../support/listeners.js";

const service = "go.micro.api.app";
const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
const switched = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

const asking = (address: string, ...more: string[]) =>
  `${["GET /app/ws HTTP/1.1", `Host: ${address}`, ...handshake, ...more].join("\r\n")}\r\n\r\n`;

/** Asks a backend, which sends `answer` and closes, for a WebSocket. */
async function answerTo(answer: string) {
  await using gateways = new Gateways();
  const { address } = await gateways.open({ handler: "proxy" });
  await using _ = await Backend.raw(gateways.registry, service, (socket) => {
    socket.once("data", () => socket.end(answer));
  });
  return await askRaw(address, asking(address));
}

describe("a response that refuses a handshake", () => {
  it("is framed anew: complete if it was complete, and truncated if it was truncated", async () => {
    const whole = await answerTo(`${chunked}0\r\n\r\n`);
    assert.deepEqual([whole.status, whole.body, whole.cut], [200, "hello", false]);
    const cut = await answerTo(chunked);
    assert.deepEqual([cut.status, cut.cut], [200, true]);
    const short = await answerTo("HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nno");
    assert.deepEqual([short.status, short.cut], [403, true]);
  });

  it("is a 502 where it switches to nothing, is no HTTP, or is missing", async () => {
    for (const [answer, why] of [
      ["HTTP/1.1 101 S\r\n\r\nhello", /switches protocols without naming one/],
      ["SSH-2.0-OpenSSH_9.2\r\n\r\n", /answer: not HTTP/],
      ["", /answer: cut off/],
    ] as const) {
      const { status, body } = await answerTo(answer);
      assert.equal(status, 502, body);
      assert.match(JSON.parse(body).detail, why);
    }
  });

  it("is a 504 where it does not come within the idle time", async () => {
    await using gateways = new Gateways();
    const { address } = await gateways.open({ handler: "proxy", proxyIdleTimeout: 200 });
    await using _ = await Backend.raw(gateways.registry, service, (socket) => void socket.resume());
    const { status, body } = await askRaw(address, asking(address));
    assert.equal(status, 504, body);
    assert.match(JSON.parse(body).detail, /--proxy_idle_timeout/);
  });
});

describe("a client of a pending handshake", () => {
  for (const [how, leave] of Object.entries({
    resets: (socket: Socket) => socket.resetAndDestroy(),
    closes: (socket: Socket) => socket.end(),
  }))
    it(`closes the backend's connection when it ${how}`, async () => {
      await using gateways = new Gateways();
      const { address } = await gateways.open({ handler: "proxy" });
      let asked = () => {};
      const arrived = new Promise<void>((resolve) => {
        asked = resolve;
      });
      await using backend = await Backend.raw(gateways.registry, service, (socket) => {
        socket.once("data", () => asked());
      });
      const client = connect(parseAddress(address)).on("error", () => {});
      client.write(asking(address));
      await arrived;
      leave(client);
      await eventually(() => assert.equal(backend.connections, 0), 5000);
      client.destroy();
    });

  it("may send already, and all of it arrives", async () => {
    await using gateways = new Gateways();
    const { address } = await gateways.open({ handler: "proxy" });
    let seen = "";
    const early = "x".repeat(200_000);
    await using _ = await Backend.raw(gateways.registry, service, (socket) => {
      socket.once("data", () => {
        setTimeout(() => socket.write(switched), 50);
        socket.on("data", (bytes) => {
          seen += bytes;
        });
      });
    });
    const client = connect(parseAddress(address)).on("error", () => {});
    client.write(asking(address));
    client.write(early);
    await once(client, "data", { signal: AbortSignal.timeout(10_000) });
    await eventually(() => assert.equal(seen.length, early.length));
    client.destroy();
  });
});

describe("a handshake with a body, or a method other than GET", () => {
  it("is handled as a plain request", async () => {
    await using gateways = new Gateways();
    const { address } = await gateways.open({ handler: "proxy" });
    await using _ = await Backend.http(gateways.registry, service, async (request, response) => {
      const body: Buffer[] = await request.toArray();
      response.end(`${request.method} ${request.headers.upgrade ?? "plain"} ${Buffer.concat(body)}`);
    });
    for (const method of ["POST", "GET"]) {
      const head = asking(address, "Content-Length: 4").replace("GET", method);
      const { status, body } = await askRaw(address, `${head}body`);
      assert.deepEqual([status, body], [200, `${method} plain body`]);
    }
  });
});
