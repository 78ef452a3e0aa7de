import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventually } from "../../../src/testing/eventually.js";
import { HttpTransport } from "../../../src/transport/http/transport.js";
import type { TransportHandler } from "../../../src/transport/transport.js";

describe("a health request to a port", { timeout: 60_000 }, () => {
  it("counts as a call, with the reserve of Debug beyond the limit", async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let asked = 0;
    const handler: TransportHandler = {
      opensStream: () => false,
      stream: async () => {},
      async call() {
        asked++;
        await released;
        return { header: {}, body: Buffer.from('{"status":"ok"}') };
      },
    };
    await using transport = new HttpTransport();
    const listener = await transport.listen("127.0.0.1:0", handler, { maxCalls: 1 });
    const look = async () => (await fetch(`http://${listener.address}/health/ready`)).status;
    const call = fetch(`http://${listener.address}/`, { method: "POST", body: "{}" });
    await eventually(() => assert.equal(asked, 1));
    const looks = Array.from({ length: 16 }, look);
    await eventually(() => assert.equal(asked, 17));
    assert.equal(await look(), 503);
    assert.equal(asked, 17);
    release();
    assert.deepEqual(new Set(await Promise.all(looks)), new Set([200]));
    assert.equal((await call).status, 200);
    assert.equal(await look(), 200);
  });
});
