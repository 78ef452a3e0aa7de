import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { hedged } from "../../../src/client/hedge.js";
import { anySignal } from "../../../src/core/async/any-signal.js";

describe("joined signals", () => {
  it("abort with the first of them, with its reason", () => {
    const [one, two] = [new AbortController(), new AbortController()];
    const { controller } = anySignal(one.signal, undefined, two.signal);
    two.abort(new Error("two"));
    one.abort(new Error("one"));
    assert.deepEqual(controller.signal.reason, new Error("two"));
    assert.equal(anySignal(one.signal).controller.signal.aborted, true);
  });

  it("leave no listener on a signal that serves many calls", async () => {
    const { signal } = new AbortController();
    const node = { id: "a-1", address: "127.0.0.1", port: 1, metadata: {} };
    for (const send of [async () => Buffer.from("ok"), () => Promise.reject(new Error("lost"))])
      await hedged(node, send, { delay: 1000, second: () => undefined, signal }).catch(() => undefined);
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });
});
