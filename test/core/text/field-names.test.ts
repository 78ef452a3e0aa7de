import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Metadata, Node, Value } from "../../../src/core/service.js";
import { wireEndpoints } from "../../../src/core/text/field-names.js";

const names = [
  "FullName",
  "BigID",
  "UserIDs",
  "name",
  "full_name",
  "HTTPServer",
  "userId",
  "GrößeMax",
  "$ref",
  "constructor",
];

function named(...protocols: (string | undefined)[]): readonly string[] {
  const values = names.map((name): Value => ({ name, type: "string", values: [] }));
  const inner: Value = { name: "inner", type: "Inner", values };
  const request: Value = { name: "Request", type: "Request", values: [inner] };
  const nodes = protocols.map((protocol, at): Node => {
    const metadata: Metadata = protocol === undefined ? {} : { protocol };
    return { id: `${at}`, address: "127.0.0.1", port: 1, metadata };
  });
  const endpoints = [{ name: "A.B", request, response: null, metadata: {} }];
  const [endpoint] = wireEndpoints({ endpoints, nodes });
  return endpoint?.request?.values[0]?.values.map(({ name }) => name) ?? [];
}

describe("the names of fields", () => {
  it("are in snake case where a node without protocol describes them by Go names", () => {
    const snake = [
      "full_name",
      "big_id",
      "user_ids",
      "name",
      "full_name",
      "http_server",
      "userId",
      "größe_max",
    ];
    assert.deepEqual(named(undefined), [...snake, "$ref", "constructor"]);
    assert.deepEqual(named("mucp", undefined), named(undefined));
  });

  it("are exactly those of the wire where every node says its protocol", () => {
    assert.deepEqual(named("mucp"), names);
    assert.deepEqual(named("grpc", "mucp"), names);
    assert.deepEqual(named(), names);
  });
});
