import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Codecs } from "../../src/codec/index.js";
import { copyJson } from "../../src/core/text/copy-json.js";
import { parseJson } from "../../src/core/text/json.js";
import { TopicValues } from "../../src/server/topic-values.js";

const message = (body: string) => ({ header: {}, body: Buffer.from(body) });

function valuesFor(subscribers: number): TopicValues {
  const values = new TopicValues(new Codecs());
  for (let i = 0; i < subscribers; i++) values.join();
  return values;
}

describe("the values of a topic", () => {
  it("are equal for all subscribers of a message, and no two share an object", () => {
    const values = valuesFor(3);
    const sent = message('{"a":{"b":[1,{"c":2}]},"n":12345678901234567890}');
    const all = [1, 2, 3].map(() => values.of(sent, "application/json", undefined) as { a: { b: object } });
    for (const value of all) assert.deepEqual(value, parseJson(sent.body.toString()));
    assert.equal(new Set(all).size, 3);
    assert.equal(new Set(all.map(({ a }) => a)).size, 3);
    assert.equal(new Set(all.map(({ a }) => a.b)).size, 3);
  });

  it("are those of the message, even if not all subscribers took the one before", () => {
    const values = valuesFor(3);
    assert.equal(values.of(message("1"), "application/json", undefined), 1);
    const second = message("2");
    for (let i = 0; i < 4; i++) assert.equal(values.of(second, "application/json", undefined), 2);
  });

  it("are bytes of their own, and read as legacy publishers name them", () => {
    const values = valuesFor(2);
    const sent = message("x");
    const raw = values.of(sent, "application/octet-stream", undefined) as Uint8Array;
    assert.notEqual(raw.buffer, sent.body.buffer);
    assert.deepEqual(values.of(message("[]"), "application/json-rpc", undefined), []);
    assert.throws(() => values.of(message("{"), "application/json", undefined), { code: 400 });
  });
});

describe("a copy of JSON", () => {
  it("has what the original has, a key named __proto__ too", () => {
    const original = JSON.parse('{"__proto__":{"x":1},"a":null,"b":[[],{}],"c":"d"}');
    const copy = copyJson(original) as object;
    assert.equal(JSON.stringify(copy), JSON.stringify(original));
    assert.equal(Object.getPrototypeOf(copy), Object.prototype);
  });
});
