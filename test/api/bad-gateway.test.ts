import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Backend } from "../support/backend.js";
import { askRaw } from "../support/bytes/raw-answer.js";
import { CapturedLog } from "../support/captured-log.js";
import { freePort } from "../support/free-port.js";
import { Gateways } from "../support/gateway.js";

const service = "go.micro.api.shop";
const long = `X-Long: ${"x".repeat(70_000)}`;
/** What a backend sends before it closes, and what is said of it. */
const answers: Readonly<Record<string, readonly [string, RegExp]>> = {
  "headers that are too large": [
    `HTTP/1.1 200 OK\r\n${long}\r\nContent-Length: 2\r\n\r\nok`,
    /^answer headers: over 64 KiB$/,
  ],
  "no HTTP": ["SSH-2.0-OpenSSH_9.2\r\n\r\n", /^answer: not HTTP \(.+\)$/],
  "a status below 100": ["HTTP/1.1 42 Low\r\n\r\n", /^answer: not HTTP \(.+\)$/],
  "a control character in a header": ["HTTP/1.1 200 OK\r\nX-A: a\0b\r\n\r\n", /^answer: not HTTP \(.+\)$/],
  "two lengths that differ": [
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    /^answer: not HTTP \(.+\)$/,
  ],
  "half a head": ["HTTP/1.1 200 OK\r\nContent-", /^answer: cut off, the connection was closed$/],
  nothing: ["", /^answer: cut off, the connection was closed$/],
  "101 unasked": [
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    /^answer: switches protocols without being asked$/,
  ],
};

/** Asks, and checks that body and log of the 502 say the same. */
async function check(gateways: Gateways, expected: RegExp): Promise<void> {
  const told = new CapturedLog();
  const { address } = await gateways.open({ handler: "proxy", log: told });
  const head = ["POST /shop/x HTTP/1.1", `Host: ${address}`, "X-Request-Id: one", "Content-Length: 1"];
  const answer = await askRaw(address, `${head.join("\r\n")}\r\n\r\nx`);
  assert.equal(answer.status, 502, answer.body);
  const { id, code, detail, status } = JSON.parse(answer.body);
  assert.deepEqual([id, code, status], ["go.micro.api", 502, "Bad Gateway"]);
  assert.equal(detail.slice(0, `${service}-1: `.length), `${service}-1: `);
  const what = detail.slice(`${service}-1: `.length);
  assert.match(what, expected);
  const logged = told.warnings.filter(({ message }) => message === "no answer");
  const said = logged.map((line) => [line.request, line.service, line.node, line.what]);
  assert.deepEqual(said, [["one", service, `${service}-1`, what]]);
}

describe("a 502 reports what was wrong with the response, in body and log", () => {
  for (const [name, [bytes, expected]] of Object.entries(answers))
    it(name, async () => {
      await using gateways = new Gateways();
      await using _ = await Backend.raw(gateways.registry, service, (socket) => {
        socket.once("data", () => socket.end(Buffer.from(bytes, "latin1")));
      });
      await check(gateways, expected);
    });

  it("a backend that cannot be reached", async () => {
    await using gateways = new Gateways();
    const nodes = [{ id: `${service}-1`, address: "127.0.0.1", port: await freePort(), metadata: {} }];
    await gateways.registry.register({ name: service, version: "1", metadata: {}, endpoints: [], nodes });
    await check(gateways, /^cannot be reached$/);
  });
});
