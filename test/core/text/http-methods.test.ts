import assert from "node:assert/strict";
import { METHODS } from "node:http";
import { describe, it } from "node:test";
import { httpMethods } from "../../../src/core/text/http-methods.js";

describe("the methods of HTTP", () => {
  it("include all that this version of Node can read", () => {
    assert.deepEqual(
      METHODS.filter((method) => !httpMethods.has(method)),
      [],
    );
  });
});
