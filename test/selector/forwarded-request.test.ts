import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { trackForwarded } from "../../src/selector/forwarded-request.js";
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
    report: trackForwarded(selector, node, uploading),
    pass: (time: number) => {
      now += time;
    },
  };
}

describe("a forwarded request, told to a selector that has no `forwarded`", () => {
  for (const [status, faulty] of [
    [200, false],
    [404, false],
    [500, true],
    [503, true],
  ] as const)
    it(`is over when its response begins, and ${faulty ? "" : "not "}faulty with status ${status}`, (t) => {
      const { told, report, pass } = relayed(t, false);
      pass(30);
      report.began(status);
      pass(60_000);
      report.ended();
      assert.deepEqual(told, ["sent", { duration: 30, faulty }]);
    });

  it("is measured from the end of its upload", (t) => {
    const { told, report, pass } = relayed(t, true);
    pass(5000);
    report.asked();
    pass(20);
    report.asked();
    report.began();
    assert.deepEqual(told, ["sent", { duration: 20, faulty: false }]);
  });

  it("is told with its error where no response came", (t) => {
    const { told, report, pass } = relayed(t, false);
    const error = new Error("lost");
    pass(10);
    report.ended(error);
    assert.deepEqual(told, ["sent", { duration: 10, error }]);
  });
});
