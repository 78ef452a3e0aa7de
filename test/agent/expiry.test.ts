import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Expiry } from "../../src/agent/expiry.js";

describe("expiry", () => {
  it("expires an entry after its time has passed", async () => {
    await using expiry = new Expiry();
    const started = performance.now();
    await new Promise<void>((resolve) => expiry.set("a", 250, resolve));
    assert.ok(performance.now() - started >= 245);
  });

  it("does not count time in which this process could not receive a renewal", async () => {
    await using expiry = new Expiry();
    let expired = false;
    expiry.set("a", 1500, () => {
      expired = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const end = performance.now() + 2000;
    while (performance.now() < end);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(expired, false);
  });

  it("forgets cleared entries, and all entries on close", async () => {
    const expiry = new Expiry();
    expiry.set("a", 1, () => assert.fail());
    expiry.set("b", 60_000, () => assert.fail());
    expiry.clear("a");
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.equal(expiry.has("b"), true);
    await expiry.close();
    assert.equal(expiry.has("b"), false);
  });
});
