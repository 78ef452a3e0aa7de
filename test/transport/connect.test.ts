import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, it } from "node:test";
import { connect } from "../../src/transport/connect.js";

/** A server that counts who comes. */
async function door() {
  const server = createServer((socket) => {
    counted.come++;
    socket.on("error", () => {}).destroy();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const counted = { come: 0, address: `127.0.0.1:${port}`, [Symbol.dispose]: () => server.close() };
  return counted;
}

describe("a connection whose rule has not said yet whether it may be made", { timeout: 30_000 }, () => {
  it("is not made after an abort", async () => {
    using server = await door();
    const stop = new AbortController();
    let allow = () => {};
    const refuses = () =>
      new Promise<boolean>((resolve) => {
        allow = () => resolve(false);
      });
    const options = { signal: stop.signal, refuses, timeout: 20_000 };
    const connecting = connect(server.address, options);
    stop.abort(new Error("enough"));
    await assert.rejects(connecting, /enough/);
    allow();
    (await connect(server.address)).destroy();
    assert.ok(server.come <= 1);
  });

  it("fails once its time is over", async () => {
    using server = await door();
    const refuses = () => new Promise<boolean>(() => {});
    await assert.rejects(connect(server.address, { refuses, timeout: 50 }), {
      code: 503,
      executed: "no",
      detail: /no answer within 50 ms/,
    });
  });
});
