import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { trackRelayed } from "../../src/selector/relayed-request.js";
import type { Outcome, Selector } from "../../src/selector/selector.js";

const node = { id: "a", address: "127.0.0.1", port: 9000, metadata: {} };

/** A relayed request, and what a selector that knows `sent` and `mark` alone was told of it. */
function relayed(t: TestContext, uploading: boolean) {
  let now = 1000;
  t.mock.method(performance, "now", () => now);
  const told: (Outcome | "sent")[] = [];
  const selector: Selector = {
    select: () => assert.fail("nothing to select"),
    sent: () => told.push("sent"),
    mark: (_, outcome) => told.push(outcome),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
  return {
    told,
    passage: trackRelayed(selector, node, uploading),
    pass: (time: number) => {
      now += time;
    },
  };
}

describe("a relayed request, told to a selector that has no `passes`", () => {
  for (const [status, faulty] of [
    [200, false],
    [404, false],
    [500, true],
    [503, true],
  ] as const)
    it(`is over when its response begins, and ${faulty ? "" : "not "}faulty with status ${status}`, (t) => {
      const { told, passage, pass } = relayed(t, false);
      pass(30);
      passage.began(status);
      pass(60_000);
      passage.ended();
      assert.deepEqual(told, ["sent", { duration: 30, faulty }]);
    });

  it("is measured from the end of its upload", (t) => {
    const { told, passage, pass } = relayed(t, true);
    pass(5000);
    passage.asked();
    pass(20);
    passage.asked();
    passage.began();
    assert.deepEqual(told, ["sent", { duration: 20, faulty: false }]);
  });

  it("is told with its error where no response came", (t) => {
    const { told, passage, pass } = relayed(t, false);
    const error = new Error("lost");
    pass(10);
    passage.ended(error);
    assert.deepEqual(told, ["sent", { duration: 10, error }]);
  });
});
