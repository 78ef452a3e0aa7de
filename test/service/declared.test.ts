import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { silent } from "../../src/core/log/log.js";
import type { Handler } from "../../src/index.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { type MicroService, service } from "../../src/service/index.js";
import { EverySchema } from "../wire/gen/wire_pb.js";

/** As JavaScript sees a service. */
type Untyped = Record<"handle" | "stream" | "subscribe", (...args: unknown[]) => void>;

const parts = { name: "declared", broker: "memory", log: silent, argv: [], env: {}, drainDelay: 0 };

describe("what is declared in JavaScript", () => {
  const fn = () => ({});
  const schema = { "~standard": { version: 1, vendor: "own", validate: (value: unknown) => ({ value }) } };
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
    ["handle", [fn], /handle "Type.Method": the method is function, not a string/],
    ["stream", ["A.B", fn], /stream "A.B": the handler is undefined.*write stream\("A.B", {}, handler\)/],
    ["stream", ["A.B", {}], /stream "A.B": the handler is undefined/],
    [
      "subscribe",
      ["t", undefined],
      /subscribe "t": the handler is undefined.*write subscribe\("t", handler\)/,
    ],
    ["subscribe", ["t", { queue: "q" }, fn], /subscribe "t": the handler is object/],
    ["subscribe", ["t", fn, null], /subscribe "t": the options are null/],
    ["subscribe", ["t", fn, { queue: "a\nb" }], /have as "queue" the name "a\\nb", which has control/],
    [
      "subscribe",
      ["t", fn, { type: { "~standard": {} } }],
      /have as "type" a schema whose "~standard" has as "validate" undefined, not a function/,
    ],
    ["subscribe", [undefined, fn], /subscribe "topic": the topic is undefined, not a string/],
    ...["handle", "stream"].flatMap((by) => [
      [
        by,
        ["A.B", schema, fn],
        new RegExp(`the types are a schema: write ${by}\\("A.B", { request: schema }, handler\\)$`),
      ],
      [by, ["A.B", EverySchema, fn], /the types are a schema: write .*{ request: schema }/],
      [by, ["A.B", Object.assign(() => 1, schema), fn], /the types are a schema/],
      [
        by,
        ["A.B", { requests: schema }, fn],
        /the types have no member "requests", did you mean "request": write .*{ request, response, metadata }/,
      ],
      [by, ["A.B", { input: schema }, fn], /the types have no member "input": write/],
      [
        by,
        ["A.B", { request: "x" }, fn],
        /the types have as "request" string, not a Standard Schema \(as of zod\) or a protobuf message type/,
      ],
      [by, ["A.B", { response: { n: 1 } }, fn], /the types have as "response" object, not a Standard Schema/],
      [by, ["A.B", { response: null }, fn], /the types have as "response" null/],
      [
        by,
        ["A.B", { metadata: { idempotent: true } }, fn],
        /the types have as "metadata" boolean for "idempotent", not a string/,
      ],
      ...[{}, { validate: 5 }].map((standard) => [
        by,
        ["A.B", { request: { "~standard": standard } }, fn],
        /have as "request" a schema whose "~standard" has as "validate" (undefined|number), not a function: write/,
      ]),
      ...["a\r\nb", "\0", "\u009b", "\ud800"].map((name) => [
        by,
        ["A.B", { metadata: { [name]: "x" } }, fn],
        /have as "metadata" the name "[^"\p{Cc}]+", which has control characters: write/u,
      ]),
      [by, ["A.B", { metadata: { "": "x" } }, fn], /have as "metadata" the name "", which is empty: write/],
      [by, ["A.B", { metadata: "x" }, fn], /the types have as "metadata" string, not an object/],
      [by, ["A.B", {}, class Greeter {}], /the handler is a class: give it a function/],
      ...["A", "", "A.", ".B", "A.B.C", "A. B", "A/B.C", "A.B\n"].map((name) => [
        by,
        [name, {}, fn],
        new RegExp(
          `a method has a type and a name, with one dot between them: write ${by}\\("Type.Method", {}, handler\\)$`,
        ),
      ]),
    ]),
    [
      "subscribe",
      ["t", fn, schema],
      /the options are a schema: write subscribe\("t", handler, { type: schema }\)$/,
    ],
    [
      "subscribe",
      ["t", fn, { request: schema }],
      /the options have no member "request": write .*{ type, queue, autoAck, onGap, signal }/,
    ],
    ["subscribe", ["t", fn, { autoack: false }], /no member "autoack", did you mean "autoAck"/],
    ["subscribe", ["t", fn, { type: String }], /the options have as "type" function, not a Standard Schema/],
    ["subscribe", ["t", fn, { queue: 1 }], /the options have as "queue" number, not a string/],
    ["subscribe", ["t", fn, { autoAck: "false" }], /the options have as "autoAck" string, not true or false/],
    ["subscribe", ["t", fn, { onGap: "x" }], /the options have as "onGap" string, not a function/],
    ["subscribe", ["t", fn, { signal: {} }], /the options have as "signal" object, not an AbortSignal/],
    ["subscribe", ["t", class Sink {}], /the handler is a class/],
  ] as readonly (readonly [keyof Untyped, readonly unknown[], RegExp])[])
    it(`is refused at once, with what to write: ${by}(${args.map(shown).join(", ")})`, async () => {
      await using declared = service({ ...parts, registry: new MemoryRegistry() });
      const declare = (to: unknown) => (to as Untyped)[by](...args);
      for (const to of [declared, declared.server])
        assert.throws(() => declare(to), { code: 400, reason: "USAGE", detail: says });
    });

  it("is checked before the wrapper of a plugin is applied", async () => {
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
  if (value === EverySchema) return "protobuf";
  if (typeof value !== "function") return String(JSON.stringify(value));
  return value.toString().startsWith("class") ? "class" : "fn";
}
