import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { type BodyText, bodyBytes, bodyText, shownBody } from "../../src/core/message-body.js";

describe("the body of a message in JSON", () => {
  it("loses no byte, whatever the bytes are", () => {
    const some = [
      [],
      [0, 1, 0xff, 0xfe],
      [0xef, 0xbb, 0xbf, 0x7b],
      [0x0d, 0x0a],
      [0xc3, 0xa9],
      [0xed, 0xa0, 0x80],
    ];
    const random = Array.from({ length: 300 }, (_, length) => randomBytes(length % 40));
    for (const bytes of [...some.map((each) => Buffer.from(each)), ...random])
      assert.deepEqual(bodyBytes(JSON.parse(JSON.stringify(bodyText(bytes))) as BodyText, "x"), bytes);
    assert.equal(bodyText(Buffer.from("é")).encoding, "utf8");
    assert.equal(bodyText(Buffer.from([0xe9])).encoding, "base64");
  });

  it("is refused if decoding would drop or replace something", () => {
    for (const [body, encoding] of [
      ["AA=A", "base64"],
      ["AAE*", "base64"],
      ["a", "base64"],
      ["\ud800", "utf8"],
      [7, "utf8"],
      ["x", "hex"],
    ])
      assert.throws(
        () => bodyBytes({ body, encoding }, "x"),
        { code: 400 },
        `${String(body)} as ${encoding}`,
      );
    assert.deepEqual(bodyBytes({ body: "_-8", encoding: "base64" }, "x"), Buffer.from([0xff, 0xef]));
  });

  it("is a JSON document when it is an object or a list", () => {
    const found = ['{"a":1}', " [1]", "1", '"x"', "{", "\uFEFF{}", ""].map(
      (text) => shownBody(Buffer.from(text)).encoding === "json",
    );
    assert.deepEqual(found, [true, true, false, false, false, false, false]);
    assert.deepEqual(shownBody(Buffer.from([0xff])), { body: "/w==", encoding: "base64" });
  });
});
