import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Backend } from "../../support/backend.js";
import { Gateways } from "../../support/gateway.js";
import { Http2Way, tlsFiles, type Way, waysOfHttp1 } from "../../support/ways.js";

/** What a backend answers; the length is that of the answer that it would have been. */
const answers: Readonly<Record<string, string>> = {
  "304 with a length": 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 5\r\n\r\n',
  "304 without": 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n',
  "304 that says chunked": 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nTransfer-Encoding: chunked\r\n\r\n',
  "204 with a length": 'HTTP/1.1 204 No Content\r\nETag: "a"\r\nContent-Length: 5\r\n\r\n',
  "204 with length 0": 'HTTP/1.1 204 No Content\r\nETag: "a"\r\nContent-Length: 0\r\n\r\n',
};

describe("an answer without a body", () => {
  const gateways = new Gateways();
  const owned: AsyncDisposable[] = [];
  let ways: Readonly<Record<string, Way>> = {};
  let bytes = "";

  before(async () => {
    owned.push(await Backend.answering(gateways.registry, "go.micro.api.shop", () => bytes));
    const files = await tlsFiles();
    const secure = await gateways.open({ handler: "proxy", tls: files.tls });
    const http2 = new Http2Way(secure, files.certificate);
    ways = { ...waysOfHttp1(await gateways.open({ handler: "proxy" })), "HTTP/2": http2.ask };
    owned.push(files, http2);
  });
  after(async () => {
    for (const one of owned.reverse()) await one[Symbol.asyncDispose]();
    await gateways[Symbol.asyncDispose]();
  });

  for (const [name, answer] of Object.entries(answers))
    it(`passes with its headers, and the next one after it: ${name}`, async () => {
      bytes = answer;
      for (const [way, ask] of Object.entries(ways))
        for (let time = 0; time < 2; time++) {
          const { status, body, headers, cut, rest } = await ask({ path: "/shop/x" });
          assert.deepEqual([status, body, cut, rest], [Number(answer.slice(9, 12)), "", false, ""], way);
          assert.equal(new Map(headers).get("etag"), '"a"', way);
          if (status === 204) assert.equal(new Map(headers).has("content-length"), false, way);
        }
    });
});
