import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { askRaw } from "../../support/bytes/raw-answer.js";
import { openListeners } from "../../support/listeners.js";

describe("HTTP/1.0", () => {
  it("needs no Host, because monitoring tools send none; HTTP/1.1 does", async () => {
    await using listeners = await openListeners();
    for (const [program, { address }] of listeners.all) {
      const old = await askRaw(address, "GET /health/live HTTP/1.0\r\n\r\n");
      assert.equal(old.status, 200, program);
      const foreign = await askRaw(address, "GET /health/live HTTP/1.0\r\nHost: evil.example\r\n\r\n");
      assert.equal(foreign.status, 421, program);
      const now = await askRaw(address, "GET /health/live HTTP/1.1\r\n\r\n");
      assert.equal(now.status, 400, program);
    }
  });
});
