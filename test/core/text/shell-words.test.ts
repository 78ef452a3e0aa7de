import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { shellWords } from "../../../src/core/text/shell-words.js";

describe("the words of a line", () => {
  it("keep the quotes of JSON, also where it has blanks or stands behind =", () => {
    for (const [line, words] of [
      ['query greeter Say.Hello {"name":"John D"}', ["query", "greeter", "Say.Hello", '{"name":"John D"}']],
      ['query a B.C {"a": [1, "}"]} --json', ["query", "a", "B.C", '{"a": [1, "}"]}', "--json"]],
      ['query a B.C -F list:=["x y"]', ["query", "a", "B.C", "-F", 'list:=["x y"]']],
      [`query a B.C '{"name":"J"}'`, ["query", "a", "B.C", '{"name":"J"}']],
      ['publish t {"a":"\\"}"} ', ["publish", "t", '{"a":"\\"}"}']],
      ['publish t {"a":', ["publish", "t", '{"a":']],
    ] as const)
      assert.deepEqual(shellWords(line), words, line);
  });

  it("are those of a shell otherwise", () => {
    assert.deepEqual(shellWords(`a 'b c' "d \\" e" f\\ g '' x{y}`), ["a", "b c", 'd " e', "f g", "", "x{y}"]);
    assert.throws(() => shellWords("a 'b"), { code: 400, reason: "USAGE" });
  });
});
