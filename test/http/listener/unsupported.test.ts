import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openBroker } from "../../../src/broker/index.js";
import { raw, rawRequest } from "../../support/bytes/raw-http.js";
import { Gateways } from "../../support/gateway.js";
import { openListeners } from "../../support/listeners.js";

/** Answers of a server to requests that it does not support. */
async function refused(address: string, host: readonly string[], ...headers: string[]) {
  const { status, body, head } = await raw(
    address,
    rawRequest("POST", "/rpc", [...host, ...headers], "2\r\n{}\r\n0\r\n\r\n"),
    10_000,
  );
  return { status, head, said: body === "" ? undefined : (JSON.parse(body) as Record<string, unknown>) };
}

const chunked = "Transfer-Encoding: chunked";

describe("what a request asks for and no server here supports", () => {
  for (const fastFront of [true, false])
    it(`is refused in words by every program, ${fastFront ? "with" : "without"} the fast front`, async () => {
      await using listeners = await openListeners({ fastFront });
      for (const [program, { address }] of listeners.all) {
        const host = [`Host: ${address}`];
        const expects = await refused(address, host, chunked, "Expect: nonsense");
        assert.deepEqual([expects.status, expects.said?.code], [417, 417], program);
        assert.equal(expects.said?.detail, "header Expect: only 100-continue is supported");
        const coded = await refused(address, host, "Transfer-Encoding: gzip, chunked");
        assert.deepEqual([coded.status, coded.said?.code], [501, 501], program);
        assert.equal(coded.said?.detail, "header Transfer-Encoding: only chunked is supported");
        assert.match(coded.head, /\r\nConnection: close/i, program);
      }
    });

  it("comes after the token", async () => {
    await using listeners = await openListeners({ token: { value: "a-token-of-more-than-128-bits" } });
    for (const [program, { address }] of listeners.all) {
      const { status } = await refused(address, [`Host: ${address}`], chunked, "Expect: nonsense");
      assert.equal(status, 401, program);
    }
  });

  it("is refused in words by a service and by a receiver of messages", async () => {
    await using gateways = new Gateways();
    const called = gateways.service("go.micro.srv.a");
    called.handle("A.B", {}, async () => ({}));
    await gateways.run(called);
    const broker = await openBroker("http", { registry: gateways.registry });
    try {
      await broker.connect();
      await broker.subscribe("topic", async () => {});
      for (const address of [called.server.address, broker.address]) {
        const host = [`Host: ${address}`];
        const cases = [
          await refused(address, host, chunked, "Expect: nonsense"),
          await refused(address, host, "Transfer-Encoding: gzip, chunked"),
          await refused(address, [], chunked),
          await refused(address, host, chunked, "A B: c"),
        ];
        for (const [i, status] of [417, 501, 400, 400].entries())
          assert.deepEqual([cases[i]?.status, cases[i]?.said?.code], [status, status], `${address} ${i}`);
      }
    } finally {
      await broker.close();
    }
  });
});
