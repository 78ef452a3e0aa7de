import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { matchesGlob } from "../../../src/core/text/glob.js";

describe("globs", () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ["go.micro.*", ["go.micro.srv.greeter", "go.micro."], ["go.micro", "ago.micro.x"]],
    ["*greet?r", ["go.micro.srv.greeter"], ["greet.r.", "go.micro.srv.greetr"]],
    ["shop", ["shop"], ["shopping", "a.shop", ""]],
    ["*.public.*.v1", ["a.public.b.v1"], ["a.public.v1"]],
    ["*", ["", "anything"], []],
  ];
  for (const [glob, matching, others] of cases)
    it(`${glob} matches ${matching.map((text) => `"${text}"`).join(" and ")}`, () => {
      for (const text of matching) assert.ok(matchesGlob(glob, text), text);
      for (const text of others) assert.ok(!matchesGlob(glob, text), text);
    });

  it("does not try every way to split the text", () => {
    assert.ok(!matchesGlob("*a*a*a*a*a*a*a*a*b", "a".repeat(100_000)));
  });
});
