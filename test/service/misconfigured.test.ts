import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { service } from "../../src/service/index.js";

describe("a service with wrong settings", () => {
  it("leaves nothing behind, however often it is tried and caught", () => {
    const count = () => process.listenerCount("uncaughtExceptionMonitor");
    const wrong = () =>
      service({ name: "go.micro.srv.a", selector: "no-such" as "random", argv: [], env: {} });
    assert.throws(wrong);
    const before = count();
    for (let i = 0; i < 20; i++) assert.throws(wrong);
    assert.equal(count(), before);
  });
});
