import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Response, ResponseReader } from "../../../src/transport/http/client/response-reader.js";

/** All responses in `bytes`, given to the reader in pieces of `size` bytes. */
function read(text: string, size = text.length): Response[] {
  const responses: Response[] = [];
  const reader = new ResponseReader((response) => responses.push(response));
  const bytes = Buffer.from(text, "latin1");
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
  return responses;
}

const bodies = (responses: Response[]) => responses.map(({ body }) => Buffer.from(body).toString());

const two =
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nmicro-id: 1\r\n\r\nfirst" +
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nsec\r\n3\r\nond\r\n0\r\nTrailer: t\r\n\r\n";

describe("the reader of responses", () => {
  it("reads responses split at any point", () => {
    for (let size = 1; size <= two.length; size++)
      assert.deepEqual(bodies(read(two, size)), ["first", "second"]);
  });

  it("gives names in canonical case, values as UTF-8, and of a repeated header the first", () => {
    const value = Buffer.from("für").toString("latin1");
    const [response] = read(
      `HTTP/1.1 200 OK\r\nmicro-error: ${value}\r\nMICRO-ERROR: b\r\nContent-Length: 0\r\n\r\n`,
    );
    assert.deepEqual(response?.header, { "Micro-Error": "für" });
  });

  it("skips informational responses", () => {
    const interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
    assert.deepEqual(bodies(read(interim)), ["x"]);
  });

  it("knows when the peer closes after a response", () => {
    const head = "Content-Length: 0\r\n\r\n";
    assert.equal(read(`HTTP/1.1 200 OK\r\nConnection: close\r\n${head}`)[0]?.last, true);
    assert.equal(read(`HTTP/1.0 200 OK\r\n${head}`)[0]?.last, true);
    assert.equal(read(`HTTP/1.1 200 OK\r\n${head}`)[0]?.last, false);
  });

  const refused: Readonly<Record<string, string>> = {
    "a length and chunks": "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "two lengths": "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
    "no length at all": "HTTP/1.1 200 OK\r\n\r\n",
    "a length with a sign": "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n",
    "a folded header": "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n",
    "a space before the colon": "HTTP/1.1 200 OK\r\nA : b\r\nContent-Length: 0\r\n\r\n",
    "a bare line feed in a value": "HTTP/1.1 200 OK\r\nA: b\nC: d\r\nContent-Length: 0\r\n\r\n",
    "another protocol": "SSH-2.0-OpenSSH\r\n\r\n",
    "another version": "HTTP/2.0 200 OK\r\n\r\n",
    "a chunk without its end": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc",
    "a chunk size that is no number": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
    "a switch of protocols unasked": "HTTP/1.1 101 Switching Protocols\r\n\r\n",
  };
  for (const [what, bytes] of Object.entries(refused))
    it(`refuses ${what}`, () => {
      assert.throws(() => read(bytes), { code: 502 });
    });

  it("bounds header, body and chunks", () => {
    const long = "a".repeat(17 * 1024);
    assert.throws(() => read(`HTTP/1.1 200 OK\r\nA: ${long}\r\n\r\n`), { code: 413 });
    assert.throws(() => read(`HTTP/1.1 200 OK\r\nA: ${long}`), { code: 413 });
    assert.throws(() => read(`HTTP/1.1 200 OK\r\n${"A: b\r\n".repeat(300)}\r\n`), { code: 413 });
    assert.throws(() => read("HTTP/1.1 200 OK\r\nContent-Length: 4194305\r\n\r\n"), { code: 413 });
    assert.throws(() => read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400001\r\n"), {
      code: 413,
    });
  });

  it("reads any response, however the body is framed and split", () => {
    const body = fc.string({ unit: "binary-ascii", maxLength: 200 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(body, fc.nat(20)), { maxLength: 5 }),
        fc.integer({ min: 1, max: 50 }),
        (sent, size) => {
          const text = sent
            .map(([content, chunk]) => (chunk === 0 ? sized(content) : chunked(content, chunk)))
            .join("");
          assert.deepEqual(
            read(text, size).map((response) => Buffer.from(response.body).toString("latin1")),
            sent.map(([content]) => content),
          );
        },
      ),
    );
  });
});

function sized(content: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${content.length}\r\n\r\n${content}`;
}

function chunked(content: string, size: number): string {
  let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (let at = 0; at < content.length; at += size) {
    const chunk = content.slice(at, at + size);
    text += `${chunk.length.toString(16)}\r\n${chunk}\r\n`;
  }
  return `${text}0\r\n\r\n`;
}
