import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { textsOf, valueIn } from "../../../src/core/settings/file-values.js";
import { type Kind, type Setting, settings } from "../../../src/core/settings/settings.js";
import { readTexts } from "../../../src/core/settings/values.js";

/** A kind, what was given, and what it is read as; undefined where it is refused. */
const read: readonly (readonly [Kind, readonly string[], unknown])[] = [
  ["text", ["a", " b "], " b "],
  ["address", ["127.0.0.1:0"], "127.0.0.1:0"],
  ["address", ["[::1]:80"], "[::1]:80"],
  ["address", ["a.example"], undefined],
  ["address", ["a:99999"], undefined],
  ["host", ["a.example"], "a.example"],
  ["host", ["a b:1"], "a b:1"],
  ["host", ["a:b"], undefined],
  ["list", ["a:1, b:2,,", "c"], ["a:1", "b:2", "c"]],
  ["pairs", ["a=1", "b=x,y=z"], { a: "1", b: "x,y=z" }],
  ["pairs", ["a=1", "b"], undefined],
  ["pairs", ["=1"], undefined],
  ["duration", ["1m30s"], 90_000],
  ["duration", ["2"], 2000],
  ["duration", ["0"], 0],
  ["duration", ["-1s"], undefined],
  ["duration", ["1 s"], undefined],
  ["count", ["0"], 0],
  ["count", ["123456789012345"], 123_456_789_012_345],
  ["count", ["1234567890123456"], undefined],
  ["count", ["1.5"], undefined],
  ["boolean", ["no", "ON"], true],
  ["boolean", ["t"], undefined],
];

describe("the table of settings", () => {
  for (const [kind, texts, value] of read)
    it(`reads ${JSON.stringify(texts)} as ${kind}: ${JSON.stringify(value) ?? "refused"}`, () => {
      assert.deepEqual(readTexts({ kind }, texts), value);
    });

  it("takes of a choice its names alone, and of a count or duration what is not below its least", () => {
    assert.equal(readTexts({ kind: "choice", names: ["api", "proxy"] }, ["proxy"]), "proxy");
    assert.equal(readTexts({ kind: "choice", names: ["api", "proxy"] }, ["web"]), undefined);
    assert.equal(readTexts({ kind: "count", least: 1 }, ["0"]), undefined);
    for (const zero of ["0", "0s", "-0s", ".0ns"])
      assert.equal(readTexts({ kind: "duration", least: 1 }, [zero]), undefined, zero);
    assert.equal(readTexts({ kind: "duration", least: 1 }, ["1ns"]), 1e-6);
  });

  it("has valid defaults", () => {
    const all: readonly (readonly [string, Setting])[] = Object.entries(settings);
    for (const [name, setting] of all)
      if (setting.default !== undefined)
        assert.notEqual(readTexts(setting, [setting.default]), undefined, name);
  });

  it("finds plugins as the key of the flag plugin, and names with dashes", () => {
    assert.equal(valueIn({ plugins: "a", plugin: "b" }, "plugin"), "a");
    assert.equal(valueIn({ "register-ttl": "5s" }, "register_ttl"), "5s");
    assert.equal(valueIn({ "register-ttl": "5s", register_ttl: "6s" }, "register_ttl"), "6s");
  });

  it("keeps commas in the members of a JSON list or object, and splits a text at them", () => {
    assert.deepEqual(textsOf("server_metadata", { zones: "a,b", n: 1 }, true), ["zones=a,b", "n=1"]);
    assert.deepEqual(textsOf("server_metadata", "a=1, b=2", true), ["a=1", "b=2"]);
    assert.deepEqual(textsOf("allowed_hosts", ["a", "b"], true), ["a", "b"]);
    assert.throws(() => textsOf("registry", { a: 1 }, false), /not a string or a number/);
    assert.throws(() => textsOf("registry_address", [8500], true), /8500 is a number/);
  });
});
