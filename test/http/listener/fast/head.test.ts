import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { readFastHead } from "../../../../src/http/listener/fast/head.js";

interface Read {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: object;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

const server = createServer({ requireHostHeader: false }).on("clientError", (_, socket) => socket.destroy());

/** What Node's parser makes of bytes: every request in them; nothing when it refuses them or waits for more. */
async function readByNode(bytes: Buffer): Promise<Read[]> {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const found: Read[] = [];
  const whole = (request: IncomingMessage, chunks: Buffer[]) => {
    const { method, url, headers, rawHeaders } = request;
    found.push({ method, url, headers, rawHeaders, body: Buffer.concat(chunks).toString("latin1") });
  };
  const onRequest = (request: IncomingMessage) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk) => chunks.push(chunk)).on("end", () => whole(request, chunks));
  };
  server.on("request", onRequest);
  socket.on("error", () => {});
  socket.resume().end(bytes);
  await once(socket, "close");
  server.off("request", onRequest);
  return found;
}

/** What the fast front makes of them. */
function readFast(bytes: Buffer): Read | undefined {
  const head = readFastHead(bytes, new Socket());
  if (!head || head.bodyAt + head.length !== bytes.length) return undefined;
  const { method, url, headers, rawHeaders, bodyAt } = head;
  return { method, url, headers: { ...headers }, rawHeaders, body: bytes.toString("latin1", bodyAt) };
}

const odd = fc.constantFrom("", " ", "\t", "\r", "\n", "\r\n", "\0", ":", "\x7f", "\xff", "é", ",", "0", "_");
const word = fc.stringMatching(/^[A-Za-z0-9-]{1,12}$/);
const name = fc.oneof(
  { weight: 4, arbitrary: word },
  fc.constantFrom("Host", "Content-Length", "Connection", "Transfer-Encoding", "Expect", "Upgrade", "Cookie"),
  fc.tuple(word, odd).map((parts) => parts.join("")),
);
const value = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[!-~][ -~]{0,20}$/) },
  fc.constantFrom("0", "3", "03", "+3", "3, 3", "keep-alive", "close", "chunked", "h2c", "100-continue"),
  fc.tuple(word, odd, word).map((parts) => parts.join("")),
);
const line = fc.oneof(
  { weight: 6, arbitrary: fc.constant("POST /rpc?a=1 HTTP/1.1") },
  fc
    .tuple(
      fc.oneof(fc.constantFrom("GET", "PUT", "get", "CONNECT", "HEAD", "GE"), word),
      odd,
      fc.constantFrom("/", "/rpc", "*", "http://a/b", "/a b", "/%zz", "/a#b", "//", '/"'),
      fc.constantFrom("HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "http/1.1", "HTTP/1.1 "),
    )
    .map(([method, between, path, version]) => `${method} ${between}${path} ${version}`),
);
const colon = fc.oneof(
  { weight: 8, arbitrary: fc.constant(": ") },
  fc.constantFrom(":", " : ", ":  ", ":\t"),
);
const ending = fc.oneof({ weight: 20, arbitrary: fc.constant("\r\n") }, fc.constantFrom("\n", "\r", "\r\n "));
const header = fc.tuple(name, colon, value, ending).map((parts) => parts.join(""));
const request = fc
  .tuple(line, ending, fc.array(header, { maxLength: 6 }), fc.stringMatching(/^[ -~]{0,6}$/), fc.boolean())
  .map(([first, end, headers, body, fits]) => {
    const length = fits ? `Content-Length: ${body.length}\r\n` : "";
    return Buffer.from(`${first}${end}Host: a\r\n${headers.join("")}${length}\r\n${body}`, "latin1");
  });

describe("the head of a plain request", () => {
  before(() => once(server.listen(0, "127.0.0.1"), "listening"));
  after(() => server.close());

  it("is parsed as Node's parser does, or not at all", async () => {
    let taken = 0;
    const alike = async (bytes: Buffer) => {
      const fast = readFast(bytes);
      if (!fast) return;
      taken++;
      assert.deepEqual(await readByNode(bytes), [fast]);
    };
    await fc.assert(fc.asyncProperty(request, alike), { numRuns: 3000 });
    assert.ok(taken > 100, `${taken} of the requests were plain`);
  });

  it("is parsed from requests of common clients", () => {
    for (const headers of [
      "Host: 127.0.0.1:8080\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n",
      "host: a\r\nconnection: keep-alive\r\nAccept-Encoding: gzip, deflate, br\r\nCookie: a=1; b=2\r\n",
      "Host: a\r\nUser-Agent: Go-http-client/1.1\r\nAuthorization: Bearer x\r\nTimeout: 5000000000\r\n",
    ]) {
      const bytes = Buffer.from(`POST /rpc HTTP/1.1\r\n${headers}Content-Length: 2\r\n\r\n{}`);
      assert.equal(readFast(bytes)?.body, "{}", headers);
    }
  });

  it("is left to Node if admission or framing may depend on it", () => {
    for (const header of [
      "Transfer-Encoding: chunked",
      "Content-Length: 1",
      "Content-Encoding: gzip",
      "Connection: close",
      "Connection: X-Secret",
      "Upgrade: h2c",
      "Expect: 100-continue",
      "Origin: http://evil.test",
      "Sec-Fetch-Site: cross-site",
      "Host: b",
      "X-Folded: a\r\n b",
      "X_Y: 1",
      "X-Empty:",
      "X-Nul: a\0b",
    ]) {
      const bytes = Buffer.from(`POST /rpc HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n${header}\r\n\r\n{}`);
      assert.equal(readFast(bytes), undefined, header);
    }
  });
});
