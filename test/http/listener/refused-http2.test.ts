import assert from "node:assert/strict";
import { once } from "node:events";
import type { ClientHttp2Stream } from "node:http2";
import { after, before, describe, it } from "node:test";
import { Gateways } from "../../support/gateway.js";
import { Http2Way, tlsFiles } from "../../support/ways.js";

/** Far below the time that a drain waits for requests in flight. */
const soon = () => ({ signal: AbortSignal.timeout(10_000) });

/** Over the limit. */
const large = Buffer.alloc(6_000_000, "x");

/** What a client does once it has read that its body is refused. */
const afterwards: Readonly<Record<string, (stream: ClientHttp2Stream) => void>> = {
  "stays, and sends no more": () => {},
  "goes on sending": (stream) => {
    const more = () => stream.writable && stream.write(large.subarray(0, 16_384), more);
    more();
  },
  "cancels the request": (stream) => stream.close(8),
  "takes its connection down": (stream) => stream.session?.destroy(),
};

describe("a body that HTTP/2 brings, and that does not end", () => {
  let files: Awaited<ReturnType<typeof tlsFiles>>;
  before(async () => {
    files = await tlsFiles();
  });
  after(() => files[Symbol.asyncDispose]());

  /** Sends a part of the body, reads the refusal, and closes once `next` is done. */
  async function check(
    method: string,
    part: Buffer,
    status: number,
    next: (stream: ClientHttp2Stream) => void,
  ) {
    await using gateways = new Gateways();
    const http = await gateways.open({ tls: files.tls });
    await using http2 = new Http2Way(http, files.certificate);
    const head = { ":method": method, ":authority": http.address, "content-type": "application/json" };
    const stream = http2.session.request({ ...head, ":path": "/rpc" }, { endStream: false });
    stream.on("error", () => {});
    stream.write(part);
    const [headers] = await once(stream, "response", soon());
    assert.equal(headers[":status"], status);
    let text = "";
    for await (const chunk of stream.setEncoding("utf8")) text += chunk;
    assert.notEqual(text, "");
    next(stream);
    const closed = http.close().then(() => "closed");
    assert.equal(await Promise.race([closed, once(soon().signal, "abort").then(() => "waits")]), "closed");
  }

  for (const [what, next] of Object.entries(afterwards)) {
    it(`is over the limit, and keeps nothing from closing: its client ${what}`, () =>
      check("POST", large, 413, next));
    it(`is of no use, and keeps nothing from closing: its client ${what}`, () =>
      check("PUT", large.subarray(0, 1000), 405, next));
  }
});
