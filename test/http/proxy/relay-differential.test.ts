import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { Backend } from "../../support/backend.js";
import type { ReadAnswer } from "../../support/bytes/raw-answer.js";
import { hasNone, piecesOf, type RelayCase, type Reply, relayCase } from "../../support/bytes/relay-cases.js";
import { Gateways } from "../../support/gateway.js";
import { Http2Way, tlsFiles, type Way, waysOfHttp1 } from "../../support/ways.js";

/** Cases by each of five ways; a soak asks for more. */
const cases = Number(process.env.RELAY_CASES ?? 2000) / 5;

/** What ours adds, and what belongs to one hop. */
const ofHop =
  /^(connection|keep-alive|date|content-length|transfer-encoding|host|x-forwarded-.*|x-request-id|traceparent)$/;

const own = (headers: readonly (readonly [string, string])[]) =>
  headers
    .map(([name, value]) => `${name.toLowerCase()}: ${value}`)
    .filter((line) => !ofHop.test(line.split(":", 1)[0] ?? ""))
    .sort();

/** A request as the backend read it, byte for byte. */
interface Seen {
  readonly line: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

describe("the relay between a client and a server that read every byte", () => {
  const gateways = new Gateways();
  const owned: AsyncDisposable[] = [];
  let ways: Readonly<Record<string, Way>> = {};
  let reply: Reply;
  let seen: Seen | undefined;

  before(async () => {
    owned.push(await Backend.raw(gateways.registry, "go.micro.api.shop", (socket) => serve(socket)));
    const files = await tlsFiles();
    const http = await gateways.open({ handler: "proxy" });
    const secure = await gateways.open({ handler: "proxy", tls: files.tls });
    const http2 = new Http2Way(secure, files.certificate);
    ways = { ...waysOfHttp1(http), "HTTP/2": http2.ask };
    owned.push(files, http2);
  });

  after(async () => {
    for (const one of owned.reverse()) await one[Symbol.asyncDispose]();
    await gateways[Symbol.asyncDispose]();
  });

  function serve(socket: Socket): void {
    let text = "";
    socket.on("data", async (chunk) => {
      text += chunk.toString("latin1");
      const read = readRequest(text);
      if (!read) return;
      text = "";
      // after garbage the selector asks by itself how the node is
      if (read.line.startsWith("POST / ")) return socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      seen = read;
      const { pieces, closes } = piecesOf(reply, read.line.split(" ", 1)[0] ?? "");
      for (const [i, piece] of pieces.entries()) {
        if (i > 0) await new Promise((resolve) => setImmediate(resolve));
        socket.write(piece);
      }
      if (closes) socket.end();
    });
  }

  for (const way of ["plain", "closing", "chunked", "HTTP/1.0", "HTTP/2"])
    it(`hands on ${cases} requests and answers as they are, or answers 502: ${way}`, async () => {
      const ask = ways[way];
      assert.ok(ask);
      const property = fc.asyncProperty(relayCase, (made) => check(made, way, ask));
      const seed = process.env.SEED === undefined ? {} : { seed: Number(process.env.SEED) };
      await fc.assert(property, { numRuns: cases, ...seed, endOnFailure: true });
    });

  async function check({ asking, reply: made }: RelayCase, way: string, ask: Way): Promise<void> {
    reply = made;
    seen = undefined;
    const answer = await ask(asking);
    const asked = seen as Seen | undefined;
    assert.ok(asked, `${way}: nothing arrived`);
    assert.equal(asked.line, `${asking.method} ${asking.path} HTTP/1.1`, way);
    assert.equal(asked.body, asking.body, way);
    assert.deepEqual(own(asked.headers), own(asking.headers ?? []), way);
    if (made.garbage !== undefined) assert.equal(answer.status, 502, way);
    else checkAnswer(answer, made, asking.method ?? "", way);
  }

  function checkAnswer(answer: ReadAnswer, made: Reply, method: string, way: string): void {
    assert.deepEqual([answer.status, answer.cut, answer.rest], [made.status, false, ""], way);
    assert.equal(answer.body, hasNone(made.status, method) ? "" : made.body, way);
    assert.deepEqual(own(answer.headers), own(made.headers), way);
    const interim = way === "HTTP/1.0" ? [] : made.interim.filter((status) => status !== 100);
    assert.deepEqual(answer.interim, interim, way);
    const trailed = made.framing === "chunked" && !hasNone(made.status, method) && way !== "HTTP/1.0";
    assert.deepEqual(own(answer.trailers), trailed ? own(made.trailers) : [], way);
  }
});

function readRequest(text: string): Seen | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [line = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = lines.map(
    (one) => [one.slice(0, one.indexOf(":")), one.slice(one.indexOf(": ") + 2)] as const,
  );
  const value = (name: string) => headers.find(([known]) => known.toLowerCase() === name)?.[1];
  const rest = text.slice(end + 4);
  if (value("transfer-encoding") !== "chunked") {
    const length = Number(value("content-length") ?? 0);
    return rest.length < length ? undefined : { line, headers, body: rest.slice(0, length) };
  }
  if (!rest.endsWith("0\r\n\r\n")) return undefined;
  let body = "";
  let at = 0;
  for (;;) {
    const mark = rest.indexOf("\r\n", at);
    const size = Number.parseInt(rest.slice(at, mark), 16);
    if (mark < 0 || Number.isNaN(size) || rest.length < mark + 2 + size) return undefined;
    if (size === 0) return { line, headers, body };
    body += rest.slice(mark + 2, mark + 2 + size);
    at = mark + 2 + size + 2;
  }
}
