import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, it } from "node:test";
import { metadataOf } from "../../../src/http/message/metadata.js";

function request(...rawHeaders: string[]): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  message.rawHeaders = rawHeaders;
  for (let i = 0; i < rawHeaders.length; i += 2)
    message.headers[(rawHeaders[i] ?? "").toLowerCase()] = rawHeaders[i + 1];
  return message;
}

describe("metadata of a request", () => {
  it("names headers canonically and joins their values", () => {
    const found = metadataOf(
      request("x-user-id", "7", "X-Tag", "a", "x-tag", "b", "X-Name", "J\u00c3\u00bcrgen"),
    );
    assert.deepEqual({ ...found }, { "X-User-Id": "7", "X-Tag": "a,b", "X-Name": "Jürgen" });
  });

  it("drops hop-by-hop headers, and those that only the listener may set", () => {
    const found = metadataOf(
      request(
        ...[
          "Host",
          "h",
          "Connection",
          "keep-alive, X-Secret",
          "X-Secret",
          "1",
          "Timeout",
          "9",
          "Keep-Alive",
          "5",
        ],
        ...[
          "X-Micro-From-Service",
          "root",
          "Micro-Method",
          "A.B",
          "X-Forwarded-For",
          "10.0.0.1",
          "Forwarded",
          "for=x",
        ],
        ...["Transfer-Encoding", "chunked", "Upgrade", "x", "Content-Length", "1", "X-Kept", "1"],
      ),
    );
    assert.deepEqual({ ...found }, { "X-Kept": "1" });
  });

  it("does not pass on the listener's token", () => {
    assert.deepEqual({ ...metadataOf(request("Authorization", "Bearer x"), { authorization: false }) }, {});
    assert.equal(metadataOf(request("Authorization", "Bearer x")).Authorization, "Bearer x");
  });

  it("stores client-chosen names without reaching a prototype", () => {
    const found = metadataOf(request("__proto__", "polluted", "constructor", "x"));
    assert.equal(Object.getPrototypeOf(found), null);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });

  it("answers 431 for more than 256 keys", () => {
    const headers = (count: number) => Array.from({ length: count }, (_, i) => [`X-${i}`, "v"]).flat();
    assert.equal(Object.keys(metadataOf(request(...headers(256)))).length, 256);
    assert.throws(() => metadataOf(request(...headers(257))), { code: 431 });
  });
});
