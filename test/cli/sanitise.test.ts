import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sanitise, sanitiseJson } from "../../src/cli/sanitise.js";

const hostile: readonly (readonly [string, string])[] = [
  ["\u001b[31mred", "\\x1b[31mred"],
  ["a\tb\rc\nd", "a\\x09b\\x0dc\\x0ad"],
  ["\u007f\u0085\u009b", "\\x7f\\x85\\x9b"],
  ["\u202eabc\u2066\u200f\u061c", "\\u202eabc\\u2066\\u200f\\u061c"],
  ["\u200b\u200d\u2060\ufeff", "\\u200b\\u200d\\u2060\\ufeff"],
  ["lone \ud800 surrogate", "lone \\ud800 surrogate"],
  ["plain ünïcödé 😀 名前", "plain ünïcödé 😀 名前"],
];

describe("sanitising", () => {
  for (const [text, shown] of hostile)
    it(`shows ${JSON.stringify(text)} harmlessly`, () => assert.equal(sanitise(text), shown));

  it("keeps the value of JSON text", () => {
    for (const [text] of hostile) {
      const json = sanitiseJson(JSON.stringify({ text }));
      assert.equal(JSON.parse(json).text, text);
      assert.equal(sanitise(json), json);
    }
  });
});
