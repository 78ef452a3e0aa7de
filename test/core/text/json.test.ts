import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseJson, reindentJson, stringifyJson } from "../../../src/core/text/json.js";

describe("number-safe JSON", () => {
  it("keeps integers beyond 2^53 digit for digit", () => {
    const text = '{"id":9007199254740993,"list":[-18446744073709551615]}';
    assert.equal(stringifyJson(parseJson(text)), text);
  });

  it("leaves digits inside strings alone", () => {
    assert.deepEqual(parseJson('{"card":"12345678901234567890"}'), { card: "12345678901234567890" });
  });

  it("drops keys that reach a prototype", () => {
    assert.deepEqual(parseJson('{"__proto__":{"polluted":1},"a":1}'), { a: 1 });
    assert.deepEqual(parseJson('{"\\u005f_proto__":{"polluted":1}}'), {});
    assert.deepEqual(parseJson('{"constructor":{"prototype":{"x":1}}}'), {});
  });

  it("refuses deep nesting and too many keys", () => {
    assert.throws(() => parseJson("[".repeat(65) + "]".repeat(65)), { code: 413 });
    assert.ok(Array.isArray(parseJson("[".repeat(64) + "]".repeat(64))));
    const keys = (count: number) => `{${Array.from({ length: count }, (_, i) => `"k${i}":1`).join(",")}}`;
    assert.throws(() => parseJson(keys(10_001)), { code: 413 });
    assert.equal(Object.keys(parseJson(keys(10_000)) as object).length, 10_000);
  });

  it("answers 400 for text that is no JSON", () => {
    assert.throws(() => parseJson("{"), { code: 400, reason: "BAD_JSON" });
    assert.throws(() => parseJson("{9007199254740993"), { code: 400, reason: "BAD_JSON" });
  });

  it("reads back everything that it writes", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 10 }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes("__proto__"));
        assert.deepEqual(stringifyJson(parseJson(text)), JSON.stringify(JSON.parse(text)));
        assert.equal(reindentJson(text, ""), text);
        assert.equal(reindentJson(text, "\t"), JSON.stringify(JSON.parse(text), undefined, "\t"));
      }),
    );
  });
});
