import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseForm } from "../../src/http/form.js";
import { jsonMembers } from "../../src/http/json-members.js";

const id = "go.micro.test";

describe("members of a JSON object", () => {
  it("finds the bytes of each value as they were sent", () => {
    const text = '{ "Service":"a", "request" : {"n":9007199254740993, "ü":["]"]} ,"x":-1.5e3,"e":"\\\\"}';
    const bytes = Buffer.from(text);
    const slices = [...jsonMembers(bytes, id)].map(([name, { start, end }]) => [
      name,
      bytes.subarray(start, end).toString(),
    ]);
    assert.deepEqual(slices, [
      ["service", '"a"'],
      ["request", '{"n":9007199254740993, "ü":["]"]}'],
      ["x", "-1.5e3"],
      ["e", '"\\\\"'],
    ]);
  });

  it("agrees with JSON.parse on every object", () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 }), { noNullPrototype: true });
    fc.assert(
      fc.property(object, fc.constantFrom(0, 1, "\t"), (value, indent) => {
        const bytes = Buffer.from(JSON.stringify(value, undefined, indent));
        const members = jsonMembers(bytes, id);
        for (const [name, member] of Object.entries(value)) {
          if (
            Object.keys(value).some((other) => other !== name && other.toLowerCase() === name.toLowerCase())
          )
            continue;
          const span = members.get(name.toLowerCase());
          assert.ok(span, name);
          assert.equal(
            JSON.stringify(JSON.parse(bytes.subarray(span.start, span.end).toString())),
            JSON.stringify(member),
          );
        }
      }),
    );
  });

  it("answers 400 or 413, never anything else, for other bytes", () => {
    const deep = `{"a":${"[".repeat(70)}${"]".repeat(70)}}`;
    assert.throws(() => jsonMembers(Buffer.from(deep), id), { code: 413 });
    for (const text of [
      "",
      "[]",
      '"a"',
      "{",
      '{"a"}',
      '{"a":}',
      '{"a":1,}',
      '{"a":1}x',
      '{"a":[}]}',
      '{"a":"',
    ])
      assert.throws(() => jsonMembers(Buffer.from(text), id), { code: 400 }, text);
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:\\ax1 ') }), (text) => {
        try {
          jsonMembers(Buffer.from(text), id);
        } catch (error) {
          assert.equal((error as { code: number }).code, 400);
        }
      }),
    );
  });
});

describe("forms", () => {
  it("keeps every value of a name, in order, and takes prototype names as any other", () => {
    const form = parseForm("?a=1&a=2&b&__proto__=x&c%5b=%C3%BC+y", id);
    assert.deepEqual(
      [...form],
      [
        ["a", ["1", "2"]],
        ["b", [""]],
        ["__proto__", ["x"]],
        ["c[", ["ü y"]],
      ],
    );
  });

  it("answers 400 for a broken escape, in the words of the original", () => {
    assert.throws(() => parseForm("f=%zz", id), {
      code: 400,
      detail: 'Error parsing form: invalid URL escape "%zz"',
    });
  });

  it("answers 413 for more than 1,000 names", () => {
    const names = (count: number) => Array.from({ length: count }, (_, i) => `n${i}=1`).join("&");
    assert.equal(parseForm(names(1000), id).size, 1000);
    assert.throws(() => parseForm(names(1001), id), { code: 413 });
  });
});
