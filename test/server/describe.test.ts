import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import type { MessageType } from "../../src/core/schema.js";
import type { Value } from "../../src/core/service.js";
import { describeEndpoint, describeType as describeWith } from "../../src/server/schema/describe.js";
import { EverySchema } from "../wire/gen/wire_pb.js";

/** A tree as one line a value, indented. */
function lines({ name, type, values }: Value, depth = 0): string[] {
  return [
    `${" ".repeat(depth)}${name} ${type}`.trimEnd(),
    ...values.flatMap((value) => lines(value, depth + 1)),
  ];
}

function broken(): never {
  throw new Error("a function has no words");
}

function fail(role: string, reason: string): void {
  assert.fail(`${role}: ${reason}`);
}

function describeType(role: "request" | "response", type: MessageType | undefined): Value {
  return describeWith(role, type, fail);
}

describe("the description of a type", () => {
  it("has Go names for what a Standard Schema describes", () => {
    const inner = z.object({ id: z.string() }).meta({ title: "Inner" });
    const type = z.object({
      name: z.string(),
      age: z.int(),
      score: z.number().optional(),
      ok: z.boolean().nullable(),
      words: z.array(z.string()),
      items: z.array(inner),
      owner: z.object({ email: z.email() }),
      color: z.enum(["red", "blue"]),
      labels: z.record(z.string(), z.string()),
      either: z.union([z.string(), z.number()]),
    });
    assert.deepEqual(lines(describeType("request", type)), [
      "Request Request",
      ...[" name string", " age int64", " score float64", " ok bool", " words []string", "  string string"],
      ...[" items []Inner", "  Inner Inner", "   id string", " owner Owner", "  email string"],
      ...[" color string", " labels", " either"],
    ]);
  });

  it("has the fields of all choices of a union of objects, and no type for one that differs between them", () => {
    const choices = [
      z.object({ kind: z.literal("a"), id: z.bigint(), n: z.number(), on: z.boolean() }),
      z.object({ kind: z.literal("b"), id: z.string(), n: z.number() }),
    ] as const;
    const fields = [" kind string", " id", " n float64", " on bool"];
    const parts = z.intersection(z.object({ n: z.number() }), z.object({ on: z.boolean() }));
    const nested = z.union([choices[0], z.union([choices[1], z.null()])]);
    for (const type of [z.union(choices), z.discriminatedUnion("kind", choices), nested])
      for (const role of ["request", "response"] as const)
        assert.deepEqual(lines(describeType(role, type)).slice(1), fields);
    assert.deepEqual(lines(describeType("request", parts)).slice(1), [" n float64", " on bool"]);
    const inside = z.object({ one: z.union(choices).optional(), many: z.array(z.union(choices)) });
    const deeper = [" one One", ...fields.map((line) => ` ${line}`), " many []Many", "  Many Many"];
    assert.deepEqual(lines(describeType("request", inside)).slice(1), [
      ...deeper,
      ...fields.map((line) => `  ${line}`),
    ]);
  });

  it("is missed for a union of other things at the top", () => {
    const reasons: string[] = [];
    const told = (role: string, reason: string) => reasons.push(`${role}: ${reason}`);
    const mixed = z.union([z.string(), z.object({ n: z.number() })]);
    assert.deepEqual(lines(describeWith("request", mixed, told)), ["Request Request"]);
    assert.deepEqual(reasons, ["request: it is a union whose choices have no common description"]);
    describeType("request", z.union([z.string(), z.null()]));
    describeType("request", z.unknown());
  });

  it("ends where a schema contains itself", () => {
    const tree: z.ZodType = z.object({
      name: z.string(),
      get children() {
        return z.array(tree);
      },
    });
    const text = JSON.stringify(describeType("response", tree));
    assert.ok(text.length < 5000, `${text.length} characters`);
  });

  it("has a name and no fields for a schema that cannot describe itself", () => {
    const plain = {
      "~standard": { version: 1, vendor: "x", validate: (value: unknown) => ({ value }) },
    } as const;
    const expected = { name: "Request", type: "Request", values: [] };
    const reasons: string[] = [];
    const told = (role: string, reason: string) => reasons.push(`${role}: ${reason}`);
    assert.deepEqual(describeWith("request", plain, told), expected);
    const throws = { "~standard": { ...plain["~standard"], jsonSchema: { input: broken, output: broken } } };
    assert.deepEqual(describeWith("request", throws, told), expected);
    assert.deepEqual(reasons, ["request: x gives no JSON Schema for it", "request: a function has no words"]);
    assert.deepEqual(describeType("request", undefined), expected);
  });

  it("has all fields beside those that JSON Schema has no words for", () => {
    const type = z.object({
      id: z.int(),
      at: z.date(),
      until: z.coerce.date().optional(),
      size: z.bigint(),
      sizes: z.array(z.coerce.bigint()),
      length: z.string().transform((text) => text.length),
      tags: z.set(z.string()),
      owner: z.custom<string>(),
    });
    const expected = [" id int64", " at string", " until string", " size int64", " sizes []int64"];
    const fields = [...expected, "  int64 int64", " length string", " tags", " owner"];
    assert.deepEqual(lines(describeType("request", type)), ["Request Request", ...fields]);
    assert.deepEqual(lines(describeType("response", type)), ["Response Response", ...fields]);
  });

  it("has the names of the proto file and the types of Go for a protobuf message", () => {
    const text = lines(describeType("request", EverySchema));
    assert.deepEqual(text.slice(0, 12), [
      ...["Every Every", " text string", " big_number int64", " unsigned_number uint64", " small int32"],
      ...[" ratio float64", " yes bool", " data []uint8", "  uint8 uint8", " color int32", " words []string"],
      "  string string",
    ]);
    assert.ok(text.includes(" replies []Response"));
    assert.ok(text.includes(" child Every"));
  });
});

describe("the description of a method", () => {
  it("keeps what its types say and what the server adds", () => {
    const types = { request: z.object({ name: z.string() }), metadata: { idempotent: "true" } };
    const endpoint = describeEndpoint("Say.Hello", types, { stream: false, undescribed: fail });
    assert.equal(endpoint.name, "Say.Hello");
    assert.deepEqual(endpoint.metadata, { idempotent: "true", stream: "false" });
    assert.equal(endpoint.request?.values[0]?.name, "name");
    assert.equal(endpoint.response?.type, "Response");
  });
});
