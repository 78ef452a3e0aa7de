import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { shellQuote } from "../../../src/core/text/shell-quote.js";
import { shellWords } from "../../../src/core/text/shell-words.js";
import { needs } from "../../support/needs.js";

const words = [
  "go.micro.srv.greeter",
  "x';exit 9;'",
  "$(exit 9)",
  "`exit 9`",
  '"$HOME"',
  "a b\tc\nd",
  "*?[a]{b,c}~ !! # & | < >",
  "\\';exit 9;\\'",
  "back\\slash\\\\",
  "\u2019;exit 9;\u2018",
  "",
  "=ls",
  '{"name":"it\'s"}',
];

describe("a word quoted for the shell", () => {
  for (const shell of ["sh", "bash", "zsh", "fish"])
    it(`is the same word in ${shell}`, needs(shell), () => {
      const line = `printf '%s\\0' ${words.map(shellQuote).join(" ")}`;
      const { stdout, status } = spawnSync(shell, ["-c", line], { encoding: "utf8" });
      assert.equal(status, 0);
      assert.deepEqual(stdout.split("\0").slice(0, -1), words);
    });

  it("is the same word in the terminal of the dashboard and in micro cli", () => {
    assert.deepEqual(shellWords(words.map(shellQuote).join(" ")), words);
  });

  it("is not quoted if no shell would interpret it", () => {
    assert.equal(shellQuote("go.micro.srv.greeter-1:8080/a=b"), "go.micro.srv.greeter-1:8080/a=b");
  });

  it("never leaves its quotes in PowerShell, which ends single quotes at curly ones too", () => {
    for (const word of words) {
      const left = shellQuote(word).replaceAll(
        /['\u2018-\u201b][^'\u2018-\u201b]*['\u2018-\u201b]|"[^"]*"/g,
        "",
      );
      assert.match(left, /^[\w%+=:./@-]*$/, word);
    }
  });
});
