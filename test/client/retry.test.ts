import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mayRetry, overAll, retryDelay } from "../../src/client/retry.js";
import { type Executed, MicroError, type Reason } from "../../src/core/errors.js";

/** For each reason: its status, and for which `executed` an idempotent call is repeated. Any other call: only for "no". */
const rules: Readonly<Record<Reason, readonly [code: number, ...repeated: Executed[]]>> = {
  // failures of a node: another one may do better
  NODE_UNREACHABLE: [503, "no", "unknown", "yes"],
  NODE_LOST: [503, "no", "unknown", "yes"],
  OVERLOADED: [503, "no", "unknown", "yes"],
  TLS_FAILED: [503, "no", "unknown", "yes"],
  METHOD_NOT_FOUND: [404, "no"],
  // a reply that could not be read is "unknown"; an error of the service says "yes"
  REMOTE_ERROR: [502, "unknown"],
  // 503 and not executed: it may work in a moment
  REGISTRY_UNREACHABLE: [503, "no"],
  SIDECAR_UNREACHABLE: [503, "no"],
  BROKER_UNREACHABLE: [503, "no"],
  UNHEALTHY: [503, "no"],
  // the deadline is spent
  TIMEOUT: [408],
  // no node is left to ask
  NO_NODES: [503],
  SERVICE_NOT_FOUND: [404],
  NODE_NOT_FOUND: [404],
  // the same again would fail the same way
  STREAM_BROKEN: [502],
  ADDRESS_IN_USE: [500],
  IO_ERROR: [500],
  BACKEND_MISSING: [500],
  USAGE: [400],
  UNKNOWN_COMMAND: [400],
  UNKNOWN_FLAG: [400],
  BAD_FLAG_VALUE: [400],
  BAD_CONFIG: [400],
  AMBIGUOUS: [400],
  BAD_JSON: [400],
  BAD_REQUEST: [400],
  SCHEMA_MISMATCH: [400],
  TOO_LARGE: [413],
  UNAUTHORIZED: [401],
  FORBIDDEN: [403],
  INTERNAL: [500],
  CANCELLED: [499],
};

describe("an attempt that failed", () => {
  for (const [reason, [code, ...repeated]] of Object.entries(rules) as [Reason, (typeof rules)[Reason]][])
    it(`${code} ${reason} is repeated when idempotent and executed: ${repeated.join(", ") || "never"}`, () => {
      for (const executed of ["no", "unknown", "yes"] as const) {
        const error = new MicroError("test", code, "failed", { reason, executed });
        assert.equal(mayRetry(error, true), repeated.includes(executed), `idempotent, ${executed}`);
        const expected = executed === "no" && repeated.includes("no");
        assert.equal(mayRetry(error, false), expected, `not idempotent, ${executed}`);
      }
    });

  it("is not retried for an error without a reason, or a foreign error", () => {
    for (const error of [new MicroError("test", 503, "failed"), new TypeError("no"), undefined])
      for (const idempotent of [true, false]) assert.equal(mayRetry(error, idempotent), false);
  });
});

describe("`executed` over two attempts", () => {
  for (const [before, last, expected] of [
    [undefined, undefined, undefined],
    [undefined, "no", "no"],
    [undefined, "yes", "yes"],
    ["no", undefined, "no"],
    ["no", "no", "no"],
    ["no", "unknown", "unknown"],
    ["no", "yes", "yes"],
    ["unknown", undefined, "unknown"],
    ["unknown", "no", "unknown"],
    ["unknown", "yes", "yes"],
    ["yes", undefined, "yes"],
    ["yes", "no", "yes"],
    ["yes", "unknown", "yes"],
  ] as const)
    it(`is ${expected} after ${before} and ${last}`, () => {
      const error = new MicroError("test", 503, "last", { executed: last });
      const told = overAll(before, error);
      assert.deepEqual([told.executed, told.detail], [expected, "last"]);
    });
});

describe("the pause before the same node is asked again", () => {
  it("is from 10 ms up to 20, then up to twice as much for each attempt, at most 250 ms", (t) => {
    for (const [share, expected] of [
      [0, [10, 10, 10, 10, 10, 10]],
      [0.5, [15, 25, 45, 85, 130, 130]],
      [1, [20, 40, 80, 160, 250, 250]],
    ] as const) {
      t.mock.method(Math, "random", () => share);
      assert.deepEqual([1, 2, 3, 4, 5, 6].map(retryDelay), expected);
    }
  });
});
