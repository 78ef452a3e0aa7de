import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { Codecs, openCodec } from "../../src/codec/index.js";
import { json } from "../../src/codec/json/json.js";
import { raw } from "../../src/codec/json/raw.js";
import { proto } from "../../src/codec/protobuf/proto.js";
import { loadProtobuf } from "../../src/codec/protobuf/protobuf.js";
import { codecSuite } from "../../src/testing/codec.js";
import { type Every, EverySchema } from "../wire/gen/wire_pb.js";

await loadProtobuf(EverySchema);

const every = create(EverySchema, {
  text: "jürgen",
  bigNumber: 9007199254740993n,
  unsignedNumber: 18446744073709551615n,
  small: -1,
  ratio: 0.5,
  yes: true,
  data: new Uint8Array([1, 2]),
  color: 1,
  words: ["a", "b"],
  numbers: [1n, -9223372036854775808n],
  totals: { x: 5n },
  child: { bigNumber: 1n },
  replies: [{ msg: "hi" }],
});
const truncated = toBinary(EverySchema, every).subarray(0, 20);

const plain = [{ a: 1, b: ["x", null, true], c: { d: 0.5 } }, [], "text", 9007199254740993n, null];
codecSuite("json", json, { values: plain, broken: [Buffer.from("{"), Buffer.from("nope")] });
codecSuite("json with a protobuf type", json, {
  type: EverySchema,
  values: [every, create(EverySchema)],
  broken: [Buffer.from("{"), Buffer.from('{"small":"x"}'), Buffer.from("[]")],
});
codecSuite("proto", proto, { type: EverySchema, values: [every, create(EverySchema)], broken: [truncated] });
codecSuite("raw", raw, { values: [Buffer.from("anything"), Buffer.alloc(0)], broken: [] });
codecSuite("msgpack", await openCodec("msgpack"), {
  values: [{ a: 1, b: [true, null, "x"] }, 9007199254740993n],
  broken: [Buffer.from([0xc1]), Buffer.from([0xdb, 0xff, 0xff, 0xff, 0xff])],
});

describe("JSON of protobuf messages", () => {
  it("is written as Go writes it: proto names, numbers beyond 2^53, enums as numbers", () => {
    const text = Buffer.from(json.encode(every, EverySchema)).toString();
    assert.match(text, /"big_number":9007199254740993,/);
    assert.match(text, /"unsigned_number":18446744073709551615,/);
    assert.match(text, /"numbers":\[1,-9223372036854775808\]/);
    assert.match(text, /"totals":\{"x":5\}/);
    assert.match(text, /"child":\{"big_number":1\}/);
    assert.match(text, /"color":1/);
    assert.equal(Buffer.from(json.encode({}, EverySchema)).toString(), "{}\n");
  });

  it("is read with 64-bit integers as numbers or strings, in both cases of names, with unknown fields", () => {
    const read = (text: string) => json.decode(Buffer.from(text), EverySchema) as Every;
    assert.equal(read('{"big_number":9007199254740993}').bigNumber, 9007199254740993n);
    assert.equal(read('{"bigNumber":"9007199254740993"}').bigNumber, 9007199254740993n);
    assert.equal(read('{"totals":{"x":9007199254740993}}').totals.x, 9007199254740993n);
    assert.equal(read('{"BIG_NUMBER":1,"TEXT":"caps","CHILD":{"Small":2}}').child?.small, 2);
    assert.equal(read('{"text":"a","nobody":{"knows":1}}').text, "a");
    assert.equal(read("null").text, "");
  });
});

describe("protobuf bytes", () => {
  it("are refused if nested too deeply", () => {
    let bytes: Uint8Array = Buffer.alloc(0);
    for (let i = 0; i < 100; i++) bytes = toBinary(EverySchema, create(EverySchema, { data: bytes }));
    assert.ok(proto.decode(bytes, EverySchema));
    let nested = create(EverySchema);
    for (let i = 0; i < 100; i++) nested = create(EverySchema, { child: nested });
    assert.throws(() => proto.decode(toBinary(EverySchema, nested), EverySchema), { code: 413 });
  });

  it("need a protobuf type", () => {
    assert.throws(() => proto.encode({ a: 1 }), { code: 400 });
    assert.throws(() => proto.decode(Buffer.from([8, 1])), { code: 400 });
  });
});

describe("codecs by content type", () => {
  it("know every content type of the Go wire", () => {
    const codecs = new Codecs();
    for (const type of ["json", "json-rpc", "protobuf", "proto-rpc", "octet-stream", "grpc", "grpc+json"])
      assert.ok(codecs.get(`application/${type}`));
  });

  it("compare content types as a whole", () => {
    assert.throws(() => new Codecs().get("application/json; charset=utf-8"), { code: 500, executed: "no" });
  });

  it("open by name, and say which names there are", async () => {
    assert.equal(await openCodec("json"), json);
    await assert.rejects(openCodec("xml"), { code: 400, message: /json, msgpack, proto, raw/ });
  });
});
