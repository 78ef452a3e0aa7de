import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  notExecuted,
  type OutgoingCall,
  readCall,
  readReply,
  readStreamMessage,
  readStreamReply,
  writeCall,
  writeEnd,
  writeError,
  writeReply,
  writeUnreadable,
} from "../../src/codec/rpc/rpc.js";
import { MicroError } from "../../src/core/errors.js";

const base: OutgoingCall = {
  service: "go.micro.srv.wire",
  method: "Say.Hello",
  id: 7,
  contentType: "application/json",
  protocol: "mucp",
  metadata: { "X-User-Id": "john" },
  timeoutNs: 5_000_000_000,
};
const request = Buffer.from('{"name":"John"}');
const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();

/** Every content type of the two generations. */
const types = [
  ["mucp", "json json-rpc protobuf proto-rpc octet-stream grpc grpc+json"],
  ["legacy", "json json-rpc protobuf proto-rpc octet-stream"],
].flatMap(([protocol = "", names = ""]) =>
  names
    .split(" ")
    .map((name) => ({ protocol: protocol as OutgoingCall["protocol"], contentType: `application/${name}` })),
);

for (const { protocol, contentType } of types)
  describe(`an exchange in ${protocol} ${contentType}`, () => {
    const call = { ...base, protocol, contentType };

    it("carries a request, and its response back", () => {
      const incoming = readCall(writeCall(call, request));
      assert.equal(incoming.protocol, protocol);
      assert.equal(incoming.method, "Say.Hello");
      assert.equal(text(incoming.body), text(request));
      const reply = readReply(call, writeReply(incoming, Buffer.from('{"msg":"hi"}')));
      assert.equal(text(reply), '{"msg":"hi"}');
    });

    it("carries a complete error back", () => {
      const incoming = readCall(writeCall(call, request));
      const error = new MicroError("go.micro.srv.wire", 418, "short & stout, für immer");
      assert.throws(() => readReply(call, writeError(incoming, error)), {
        id: "go.micro.srv.wire",
        code: 418,
        detail: "short & stout, für immer",
      });
    });

    it("carries a plain text as an error with code 0", () => {
      const incoming = readCall(writeCall(call, request));
      const reply = writeError(incoming, new MicroError("", 0, "plain failure"));
      assert.throws(() => readReply(call, reply), { code: 0, detail: "plain failure" });
    });

    it("reports a refused call as not executed", () => {
      const reply = notExecuted(writeCall(call, request), "draining");
      assert.throws(() => readReply(call, reply), { code: 503, executed: "no" });
    });

    it("carries a stream to its end", () => {
      const opening = readCall(writeCall({ ...call, id: 0, stream: true }, Buffer.from("{}")));
      const next = readStreamMessage(opening, writeCall({ ...call, id: 1, stream: true }, request));
      assert.equal(text(next.body), text(request));
      assert.equal(text(readStreamReply(call, writeReply(next, request))), text(request));
      assert.equal(readStreamReply(call, writeEnd(opening)), undefined);
    });
  });

describe("the JSON envelope", () => {
  const legacy = (body: string) => ({
    header: { "Content-Type": "application/json" },
    body: Buffer.from(body),
  });

  it("echoes an id exactly as it was sent", () => {
    for (const id of ["0", "9007199254740993", '"abc-1"', "null", "1.50"]) {
      const call = readCall(legacy(`{"method":"Say.Hello","params":[{}],"id":${id}}`));
      const expected = `{"id":${id},"result":{"msg":"hi"},"error":null}\n`;
      assert.equal(text(writeReply(call, Buffer.from('{"msg":"hi"}\n')).body), expected);
    }
  });

  it("never sends a success without a result", () => {
    const call = readCall(legacy('{"method":"Say.Hello","params":[{}]}'));
    for (const body of ["", "null", "null\n"])
      assert.equal(text(writeReply(call, Buffer.from(body)).body), '{"id":null,"result":{},"error":null}\n');
  });

  it("hands numbers on digit for digit", () => {
    const call = readCall(legacy('{"method":"A.B","params":[{"n":123456789012345678901234567890}],"id":1}'));
    assert.equal(text(call.body), '{"n":123456789012345678901234567890}');
  });

  it("takes an empty params for an empty request, and refuses missing ones with the id of the call", () => {
    assert.equal(text(readCall(legacy('{"method":"A.B","params":[],"id":1}')).body), "{}");
    const broken = legacy('{"method":"A.B","id":1}');
    assert.throws(() => readCall(broken), { code: 400 });
    const reply = writeUnreadable(broken, new MicroError("", 0, "no params"));
    assert.equal(text(reply.body), '{"id":1,"result":{},"error":"no params"}\n');
  });
});

describe("whose wire a request speaks", () => {
  const protocol = (header: Record<string, string>, body = '{"method":"Say.Hello","params":[{}],"id":5}') =>
    readCall({ header: { "Content-Type": "application/json", ...header }, body: Buffer.from(body) }).protocol;

  it("is told by the headers, as a server of 1.7 does", () => {
    assert.equal(protocol({}), "legacy");
    assert.equal(protocol({ "Micro-Method": "Say.Hello" }, "{}"), "mucp");
    assert.equal(protocol({ "X-Micro-Method": "Say.Hello" }, "{}"), "mucp");
    assert.equal(protocol({ "Micro-Target": "s", "Micro-Method": "Say.Hello" }), "legacy");
    assert.equal(protocol({ "Micro-Protocol": "mucp", "Micro-Endpoint": "Say.Hello" }, "{}"), "mucp");
  });

  it("decides which headers the reply has", () => {
    const old = { "Content-Type": "application/json", "X-Micro-Method": "Say.Hello", "X-Micro-Id": "3" };
    const reply = writeError(readCall({ header: old, body: request }), new MicroError("", 0, "no"));
    assert.deepEqual(reply.header, {
      "Content-Type": "application/json",
      "X-Micro-Id": "3",
      "X-Micro-Error": "no",
    });
  });
});
