import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { openCodec } from "../../src/codec/index.js";
import { json } from "../../src/codec/json/json.js";
import { proto } from "../../src/codec/protobuf/proto.js";
import { loadProtobuf } from "../../src/codec/protobuf/protobuf.js";
import { readCall, readReply, writeCall, writeError, writeReply } from "../../src/codec/rpc/rpc.js";
import { MicroError } from "../../src/core/errors.js";
import { stringifyJson } from "../../src/core/text/json.js";
import { EverySchema } from "../wire/gen/wire_pb.js";

await loadProtobuf(EverySchema);
const msgpack = await openCodec("msgpack");

/** Integers that a double cannot hold. */
const big = fc.oneof(
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
);
const key = fc
  .string({ unit: "grapheme", maxLength: 8 })
  .filter((name) => name !== "__proto__" && name !== "constructor");
const scalar = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.boolean(),
  fc.constant(null),
  fc.integer(),
  big,
  finite(),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

/** JSON has no negative zero, and MessagePack keeps integers apart from doubles. */
function finite(): fc.Arbitrary<number> {
  return fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Number.isInteger(number));
}

const message = fc
  .record({
    text: fc.string({ unit: "grapheme" }),
    bigNumber: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    unsignedNumber: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    small: fc.integer(),
    ratio: finite(),
    yes: fc.boolean(),
    data: fc.uint8Array({ maxLength: 20 }),
    color: fc.constantFrom(0, 1),
    words: fc.array(fc.string({ unit: "grapheme" }), { maxLength: 3 }),
    numbers: fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { maxLength: 3 }),
    totals: fc.dictionary(key, fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  })
  .map((fields) => create(EverySchema, fields));

describe("encoding and decoding", () => {
  it("is the same in JSON, 64-bit integers included", () => {
    fc.assert(fc.property(value, (each) => assert.deepEqual(json.decode(json.encode(each)), each)));
  });

  it("is the same in MessagePack", () => {
    fc.assert(fc.property(value, (each) => assert.deepEqual(msgpack.decode(msgpack.encode(each)), each)));
  });

  it("is the same in protobuf, and in the JSON of protobuf", () => {
    fc.assert(
      fc.property(message, (each) => {
        assert.deepEqual(proto.decode(proto.encode(each, EverySchema), EverySchema), each);
        assert.deepEqual(json.decode(json.encode(each, EverySchema), EverySchema), each);
      }),
    );
  });
});

describe("an exchange", () => {
  const forms = fc.constantFrom(
    ...["json", "json-rpc", "protobuf", "proto-rpc", "grpc", "grpc+json", "octet-stream"].map(
      (name) => ["mucp", name] as const,
    ),
    ...["json", "json-rpc", "protobuf", "proto-rpc", "octet-stream"].map((name) => ["legacy", name] as const),
  );
  const call = fc.record({
    service: fc.stringMatching(/^[a-z][a-z.]{0,20}$/),
    method: fc.stringMatching(/^[A-Z][a-zA-Z]{0,100}\.[A-Z][a-zA-Z]{0,100}$/),
    id: fc.nat(),
  });
  const text = fc.string({ unit: "grapheme", minLength: 1 });

  it("carries any body and any error, in every form of the Go wire", () => {
    fc.assert(
      fc.property(forms, call, value, text, ([protocol, name], named, body, detail) => {
        const contentType = `application/${name}`;
        const outgoing = { ...named, protocol, contentType, metadata: {}, timeoutNs: 0 };
        const bytes = Buffer.from(stringifyJson({ body }));
        const incoming = readCall(writeCall(outgoing, bytes));
        assert.equal(incoming.method, named.method);
        assert.ok(bytes.equals(incoming.body));
        assert.ok(bytes.equals(readReply(outgoing, writeReply(incoming, bytes))));
        const error = new MicroError("go.micro.srv.wire", 418, detail);
        assert.throws(() => readReply(outgoing, writeError(incoming, error)), { code: 418, detail });
      }),
    );
  });
});
