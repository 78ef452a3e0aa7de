import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseForm } from "../../../src/http/message/form.js";

const id = "go.micro.test";

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
