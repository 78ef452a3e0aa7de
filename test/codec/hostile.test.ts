import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { openCodec } from "../../src/codec/index.js";
import { json } from "../../src/codec/json/json.js";
import { jsonRpc } from "../../src/codec/json/jsonrpc.js";
import { grpc } from "../../src/codec/protobuf/grpc.js";
import { proto } from "../../src/codec/protobuf/proto.js";
import { loadProtobuf } from "../../src/codec/protobuf/protobuf.js";
import { protoRpc } from "../../src/codec/protobuf/protorpc.js";
import { readCall, readReply, writeUnreadable } from "../../src/codec/rpc/rpc.js";
import { MicroError } from "../../src/core/errors.js";
import type { Metadata } from "../../src/core/service.js";
import { statsType } from "../../src/server/debug-types.js";
import { ResponseReader } from "../../src/transport/http/client/response-reader.js";
import { character } from "../support/character.js";
import { EverySchema } from "../wire/gen/wire_pb.js";

await loadProtobuf(EverySchema);
const msgpack = await openCodec("msgpack");

const runs = Number(process.env.FUZZ_RUNS ?? 5000);

/** Bytes of any kind, and good ones with some of them changed, cut or repeated. */
const samples = [
  '{"method":"Say.Hello","params":[{"name":"John"}],"id":0}\n',
  '{"id":0,"result":{"msg":"Hello \\u00e9"},"error":null}\n',
  "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nMicro-Error: x\r\n\r\nabc",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
  "\0\0\0\x14\n\tSay.Hello\x11\0\0\0\0\0\0\0\0\0\0\0\x06\n\x04John",
  "\0\0\0\0\x05\n\x03abc",
].map((text) => Buffer.from(text, "latin1"));

const mutated = fc
  .tuple(
    fc.constantFrom(...samples),
    fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 6 }),
    fc.nat(80),
  )
  .map(([sample, changes, cut]) => {
    const bytes = Buffer.from(sample);
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return cut % 3 === 0 ? bytes.subarray(0, cut) : Buffer.concat([bytes, bytes.subarray(0, cut % 5)]);
  });
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ unit: character, maxLength: 100 }).map((text) => Buffer.from(text)),
  fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)),
  mutated,
);

const outgoing = {
  ...{ service: "s", method: "A.B", id: 1, metadata: {}, timeoutNs: 0 },
  contentType: "application/json",
};

/** What reads bytes from the network. */
const parsers: Readonly<Record<string, (bytes: Buffer) => unknown>> = {
  "json-rpc requests": (bytes) => jsonRpc.readRequest(bytes),
  "json-rpc replies": (bytes) => jsonRpc.readReply(bytes),
  "proto-rpc requests": (bytes) => protoRpc.readRequest(bytes),
  "proto-rpc replies": (bytes) => protoRpc.readReply(bytes),
  "grpc frames": (bytes) => grpc.readRequest(bytes),
  json: (bytes) => json.decode(bytes),
  "json of protobuf": (bytes) => json.decode(bytes, EverySchema),
  protobuf: (bytes) => proto.decode(bytes, EverySchema),
  "protobuf of Debug": (bytes) => proto.decode(bytes, statsType),
  msgpack: (bytes) => msgpack.decode(bytes),
  "calls of unknown generation": (bytes) => readCall({ header: {}, body: bytes }),
  "legacy calls": (bytes) => readCall({ header: { "Content-Type": "application/json" }, body: bytes }),
  "legacy replies": (bytes) => readReply({ ...outgoing, protocol: "legacy" }, { header: {}, body: bytes }),
  "HTTP responses": (bytes) => new ResponseReader(() => {}).push(bytes),
};

describe("arbitrary bytes", () => {
  // thousands of errors, and nobody reads their stacks
  const { stackTraceLimit } = Error;
  before(() => {
    Error.stackTraceLimit = 0;
  });
  after(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });

  for (const [name, parse] of Object.entries(parsers))
    it(`decode as ${name} to a value or a typed error`, () => {
      fc.assert(
        fc.property(anyBytes, (bytes) => {
          try {
            parse(bytes);
          } catch (error) {
            if (!MicroError.is(error)) throw error;
            assert.ok(error.detail.length < 2000);
          }
        }),
        { numRuns: runs },
      );
    });

  it("always get an answer when read as a call", () => {
    const header = fc.constantFrom<Metadata>(
      {},
      { "Content-Type": "application/json" },
      { "Micro-Method": "A.B" },
    );
    fc.assert(
      fc.property(anyBytes, header, (body, fields) => {
        const message = { header: fields, body };
        const reply = writeUnreadable(message, new MicroError("go.micro.server", 400, "no"));
        assert.ok(reply.header["Content-Type"]);
      }),
      { numRuns: runs },
    );
  });
});

describe("false lengths", () => {
  const claims = Buffer.from([0xff, 0xff, 0xff, 0xff]);

  it("are refused before anything is allocated", () => {
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 1000; i++) {
      assert.throws(() => protoRpc.readRequest(claims), { code: 400 });
      assert.throws(() => grpc.readRequest(Buffer.concat([Buffer.of(0), claims])), { code: 400 });
      assert.throws(
        () =>
          new ResponseReader(() => {}).push(
            Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"),
          ),
        {
          code: 413,
        },
      );
    }
    assert.ok(process.memoryUsage.rss() - before < 100 * 1024 * 1024);
  });

  it("and depths are bounded", () => {
    const deep = (open: string, close: string) => Buffer.from(open.repeat(100_000) + close.repeat(100_000));
    assert.throws(() => jsonRpc.readRequest(deep('{"params":', "}")), { code: 413 });
    assert.throws(() => json.decode(deep("[", "]")), { code: 413 });
    assert.throws(() => msgpack.decode(Buffer.alloc(100_000, 0x91)), { code: 400 });
  });
});
