import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MicroError } from "../../src/core/errors.js";

const limit = 4096;

function written(id: string, detail: string): { readonly id: string; readonly detail: string } {
  const text = new MicroError(id, 500, detail).toText(limit);
  assert.ok(Buffer.byteLength(text) <= limit, `${Buffer.byteLength(text)} bytes`);
  return JSON.parse(text);
}

describe("an error as a text of limited length", () => {
  it("terminates, whatever its id is", () => {
    for (const id of [
      "go.micro.srv.a".repeat(1000),
      "\u0000".repeat(5000),
      "€".repeat(5000),
      "\ud800".repeat(9),
    ])
      for (const detail of ["", "why", "\u0001".repeat(5000), "x".repeat(100_000)]) {
        const read = written(id, detail);
        assert.equal(read.id[0], id[0]);
        assert.equal(read.detail[0], detail[0]);
      }
  });

  it("is complete if it fits, and otherwise cut with an ellipsis", () => {
    assert.deepEqual(
      { ...written("go.micro.srv.a", "no such user") },
      { id: "go.micro.srv.a", code: 500, detail: "no such user", status: "Internal Server Error" },
    );
    assert.match(written("go.micro.srv.a", "x".repeat(limit)).detail, /^x{3900,}…$/);
    assert.equal(written("go.micro.srv.a", "x".repeat(3900)).detail, "x".repeat(3900));
  });
});
