import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Backend } from "../../support/backend.js";
import { askRaw } from "../../support/bytes/raw-answer.js";
import { Gateways } from "../../support/gateway.js";

const service = "go.micro.api.shop";
const early = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** What a client gets, byte for byte, where a backend answers so and closes. */
async function through(bytes: string) {
  await using gateways = new Gateways();
  await using _ = await Backend.raw(gateways.registry, service, (socket) => {
    socket.once("data", () => socket.end(Buffer.from(bytes, "latin1")));
  });
  const { address } = await gateways.open({ handler: "proxy" });
  return await askRaw(address, `POST /shop/x HTTP/1.1\r\nHost: ${address}\r\nContent-Length: 1\r\n\r\nx`);
}

describe("informational responses", () => {
  it("are relayed", async () => {
    const { status, interim, body } = await through(early + early + ok);
    assert.deepEqual([status, interim, body], [200, [103, 103], "ok"]);
  });

  for (const head of [
    "101 Switching Protocols",
    "101 X\r\nUpgrade: y",
    "99 Low",
    "099 Low",
    "0 None",
    "42 x",
  ])
    it(`are none with another status: ${JSON.stringify(head)}`, async () => {
      const answer = await through(`HTTP/1.1 ${head}\r\n\r\n${ok}`);
      assert.deepEqual([answer.status, answer.interim], [502, []]);
      const { detail } = JSON.parse(answer.body);
      assert.match(detail, /^go\.micro\.api\.shop-1: answer: (not HTTP|switches protocols)/);
    });

  it("are bounded in number", async () => {
    const answer = await through(early.repeat(65) + ok);
    assert.deepEqual([answer.status, answer.interim.length], [502, 64]);
    assert.match(JSON.parse(answer.body).detail, /more than 64 interim answers/);
  });

  it("are bounded in bytes, however few are read", { timeout: 30_000 }, async () => {
    const long = `HTTP/1.1 103 Early Hints\r\nLink: <${"a".repeat(8000)}>\r\n\r\n`;
    await using gateways = new Gateways();
    let written = 0;
    let closed: () => void = () => {};
    const cut = new Promise<void>((resolve) => {
      closed = resolve;
    });
    await using _ = await Backend.raw(gateways.registry, service, (socket) => {
      const flood = () => {
        while (!socket.destroyed && written < 64 * 1024 * 1024) {
          written += long.length;
          if (!socket.write(long)) return socket.once("drain", flood);
        }
      };
      socket.once("data", flood);
      socket.once("close", closed);
    });
    const { address } = await gateways.open({ handler: "proxy" });
    const answer = await askRaw(
      address,
      `POST /shop/x HTTP/1.1\r\nHost: ${address}\r\nContent-Length: 1\r\n\r\nx`,
    );
    await cut;
    assert.equal(answer.status, 502);
    assert.ok(answer.interim.length <= 8, `${answer.interim.length} handed on`);
    assert.ok(written < 32 * 1024 * 1024, `${written} bytes were taken`);
  });
});
