import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { json } from "../../src/codec/json/json.js";
import type { StandardSchema } from "../../src/core/schema.js";
import { describeType } from "../../src/server/schema/describe.js";
import { answerEncoder } from "../../src/server/schema/float-answers.js";
import { inSchemaForm } from "../../src/server/schema/schema-form.js";

/** A schema of a library of somebody else's, which describes itself as `document`. */
function schemaOf(document: Readonly<Record<string, unknown>>): StandardSchema {
  const validate = (value: unknown) => ({ value });
  return {
    "~standard": { version: 1, vendor: "own", validate, jsonSchema: { input: () => document } },
  } as unknown as StandardSchema;
}

const big = 2n ** 60n;

describe("a JSON Schema of another library", () => {
  it("may have patterns that are valid without the flag u alone, or not at all", () => {
    const type = schemaOf({
      type: "object",
      patternProperties: { "^x-[\\w-.]+$": { type: "number" }, "(": { type: "number" } },
    });
    assert.deepEqual(inSchemaForm({ "x-a.b": big, y: big }, type), { "x-a.b": 2 ** 60, y: big });
  });

  it("may have a bigint as default or constant", () => {
    const encode = answerEncoder(
      schemaOf({ anyOf: [{ type: "number", default: 5n }, { const: 7n }, { type: "string" }] }),
    );
    assert.equal(Buffer.from(encode(json, 1.5)).toString(), "1.5\n");
  });

  it("may be a union that contains itself twice in each of its choices", () => {
    let reads = 0;
    const choices = Array.from({ length: 10 }, (_, kind) => ({
      type: "object",
      properties: {
        kind: { const: kind },
        get left() {
          reads++;
          return { $ref: "#" };
        },
        right: { $ref: "#" },
      },
    }));
    describeType("request", schemaOf({ oneOf: choices }), assert.fail);
    assert.ok(reads < 20_000, `${reads} looks at one member`);
  });
});
