import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import type { HttpServer } from "../../../src/http/listener/listener.js";
import { askRaw, type ReadAnswer } from "../../support/bytes/raw-answer.js";
import { echo, oddHead, rpcCase } from "../../support/bytes/rpc-cases.js";
import { Gateways } from "../../support/gateway.js";
import { addEcho } from "../../support/programs/api-echo.js";
import { Http2Way, tlsFiles, type Way, waysOfHttp1 } from "../../support/ways.js";

/** Cases by each of four ways beside the plain one, and of heads; a soak asks for more. */
const cases = Number(process.env.RPC_CASES ?? 1000) / 5;
const seed = process.env.SEED === undefined ? {} : { seed: Number(process.env.SEED) };
const reported = { ...seed, endOnFailure: true, includeErrorInReport: true };

/** What says how a request or an answer travelled, not what it is. */
const ofHop = /^(connection|keep-alive|date|content-length|transfer-encoding|x-request-id|traceparent|vary)$/;
const hopMetadata =
  /^(Connection|Content-Length|Transfer-Encoding|Host|X-Forwarded-.*|X-Request-Id|Traceparent)$/;

/** Status, headers and body, without what belongs to one hop. */
function said({ status, headers, body, cut, rest }: ReadAnswer) {
  const own = headers.filter(([name]) => !ofHop.test(name)).map(([name, value]) => `${name}: ${value}`);
  return { status, headers: own.sort(), body: withoutHop(body), cut, rest };
}

/** An echo tells the metadata and the request with its headers, at `/rpc` as JSON in JSON. */
function withoutHop(body: string): unknown {
  try {
    return JSON.parse(body, (name, value) => {
      if (hopMetadata.test(name)) return undefined;
      return name === "body" && typeof value === "string" ? withoutHop(value) : value;
    });
  } catch {
    return body;
  }
}

describe("one request to the gateway, in different forms", () => {
  const gateways = new Gateways();
  const owned: AsyncDisposable[] = [];
  let ways: Readonly<Record<string, Way>> = {};
  let front: HttpServer;
  let withoutFront: HttpServer;

  before(async () => {
    const service = gateways.service(echo);
    addEcho(service, "Echo");
    await gateways.run(service);
    const files = await tlsFiles();
    front = await gateways.open({ handler: "api" });
    withoutFront = await gateways.open({ handler: "api", fastFront: false });
    const http2 = new Http2Way(await gateways.open({ handler: "api", tls: files.tls }), files.certificate);
    ways = { ...waysOfHttp1(front), "HTTP/2": http2.ask };
    owned.push(files, http2);
  });
  after(async () => {
    for (const one of owned.reverse()) await one[Symbol.asyncDispose]();
    await gateways[Symbol.asyncDispose]();
  });

  for (const name of ["closing", "chunked", "HTTP/1.0", "HTTP/2"])
    it(`is answered alike ${cases} times: ${name} beside plain`, async () => {
      const [plain, way] = [ways.plain, ways[name]];
      assert.ok(plain && way);
      const property = fc.asyncProperty(rpcCase, async (asking) => {
        assert.deepEqual(said(await way(asking)), said(await plain(asking)));
      });
      await fc.assert(property, { numRuns: cases, ...reported });
    });

  it(`is read alike ${cases} times, however odd its head: the fast front beside Node's server`, async () => {
    const body = JSON.stringify({ service: echo, method: "Echo.Call", request: {} });
    const property = fc.asyncProperty(oddHead, async (lines) => {
      const ask = async ({ address }: HttpServer) => {
        const head = ["POST /rpc HTTP/1.1", ...lines].join("\r\n");
        const named = head.replaceAll("HOST", address).replaceAll("LENGTH", String(body.length));
        return said(await askRaw(address, `${named}\r\n\r\n${body}`));
      };
      assert.deepEqual(await ask(front), await ask(withoutFront));
    });
    await fc.assert(property, { numRuns: cases, ...reported });
  });
});
