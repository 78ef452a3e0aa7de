import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { silent } from "../../src/core/log/log.js";
import type { Handler } from "../../src/index.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { type MicroService, service } from "../../src/service/index.js";

/** As JavaScript sees a service. */
type Untyped = Record<"handle" | "stream" | "subscribe", (...args: unknown[]) => void>;

const parts = { name: "declared", broker: "memory", log: silent, argv: [], env: {}, drainDelay: 0 };

describe("what is declared in JavaScript", () => {
  const fn = () => ({});
  for (const [by, args, says] of [
    [
      "handle",
      ["A.B", fn],
      /^handle "A.B": the handler is undefined, not a function: write handle\("A.B", {}, handler\)$/,
    ],
    ["handle", ["A.B", {}, undefined], /handle "A.B": the handler is undefined/],
    ["handle", ["A.B", {}, null], /handle "A.B": the handler is null/],
    ["handle", ["A.B", {}, {}], /handle "A.B": the handler is object/],
    ["handle", ["A.B", undefined, fn], /handle "A.B": the types are undefined, not an object/],
    ["handle", ["A.B", null, fn], /handle "A.B": the types are null/],
    ["handle", [fn], /handle "Type.Method": the method is function, not a text/],
    ["stream", ["A.B", fn], /stream "A.B": the handler is undefined.*write stream\("A.B", {}, handler\)/],
    ["stream", ["A.B", {}], /stream "A.B": the handler is undefined/],
    [
      "subscribe",
      ["t", undefined],
      /subscribe "t": the handler is undefined.*write subscribe\("t", handler\)/,
    ],
    ["subscribe", ["t", { queue: "q" }, fn], /subscribe "t": the handler is object/],
    ["subscribe", ["t", fn, null], /subscribe "t": the options are null/],
    ["subscribe", [undefined, fn], /subscribe "topic": the topic is undefined, not a text/],
  ] as const)
    it(`is refused at once, with what to write: ${by}(${args.map(shown).join(", ")})`, async () => {
      await using declared = service({ ...parts, registry: new MemoryRegistry() });
      const declare = (to: unknown) => (to as Untyped)[by](...args);
      for (const to of [declared, declared.server])
        assert.throws(() => declare(to), { code: 400, reason: "USAGE", detail: says });
    });

  it("is seen behind the wrapper of a plugin too, which wraps what the server itself is given", async () => {
    let wrapped = 0;
    const handler = (next: Handler): Handler => {
      wrapped++;
      return next;
    };
    await using declared: MicroService = service({
      ...parts,
      registry: new MemoryRegistry(),
      plugins: [{ name: "wrapper", handler }],
    });
    const { handle } = declared as unknown as Untyped;
    assert.throws(() => handle.call(declared, "A.B", fn), { reason: "USAGE" });
    async function* count() {}
    assert.throws(() => handle.call(declared, "A.B", {}, count), { reason: "USAGE" });
    assert.equal(wrapped, 0);
    declared.handle("A.B", {}, fn);
    declared.server.handle("A.C", {}, fn);
    assert.equal(wrapped, 2);
  });
});

function shown(value: unknown): string {
  return typeof value === "function" ? "fn" : String(JSON.stringify(value));
}
