import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IdleTimer } from "../../../src/transport/http/wire/idle-timer.js";

describe("an idle stream", () => {
  it("is broken after its limit", async () => {
    const error = await new Promise<Error>((resolve) => new IdleTimer(resolve, { limit: 20 }));
    assert.match(error.message, /idle for 20 ms/);
  });

  it("stays open while messages arrive, or wait for their reader", async () => {
    const start = performance.now();
    let busy = true;
    const ended = new Promise((resolve) => {
      const timer = new IdleTimer(resolve, { limit: 50, busy: () => busy });
      timer.touch();
    });
    setTimeout(() => {
      busy = false;
    }, 150);
    await ended;
    assert.ok(performance.now() - start >= 150);
  });

  it("needs no timer after it was closed", async () => {
    const timer = new IdleTimer(() => assert.fail("it was closed"), { limit: 20 });
    timer.close();
    await new Promise((resolve) => setTimeout(resolve, 60));
  });
});
