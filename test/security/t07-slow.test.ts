import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { connect as connectTls } from "node:tls";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { type HttpOptions, httpServer } from "../../src/http/server.js";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { selfSigned } from "../support/certificates.js";
import { counted } from "../support/listeners.js";

const limits = { headersTimeout: 2500, requestTimeout: 4000, rateAfter: 2500, stalled: 2000, bodyRate: 64 };

function dial(address: string): Socket {
  const socket = connect(Number(address.split(":")[1]), "127.0.0.1");
  socket.on("error", () => {});
  return socket;
}

/** Sends one byte now and then until the server has enough; returns what it said. */
async function trickle(socket: Socket, first: string, every: number): Promise<string> {
  let said = "";
  socket.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  socket.write(first);
  const timer = setInterval(() => socket.write("x"), every);
  socket.once("end", () => clearInterval(timer));
  await once(socket, "close");
  clearInterval(timer);
  return said;
}

/** Files of a certificate for this machine. */
function certificate(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "micro-slow-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const { key, cert: ca } = selfSigned("DNS:localhost,IP:127.0.0.1");
  const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  writeFileSync(certFile, ca);
  writeFileSync(keyFile, key);
  return { certFile, keyFile, ca };
}

/** A server with a certificate of its own; it does not listen yet. */
async function secured(t: TestContext, options: Partial<HttpOptions>): Promise<HttpServer & { ca: string }> {
  const { ca, ...tls } = certificate(t);
  const http = await httpServer({ name: "go.micro.test", address: "127.0.0.1:0", tls, ...options });
  return Object.assign(http, { ca });
}

/** Answers with so many bytes, written at once. */
function serves(http: HttpServer, path: string, bytes: number): void {
  http.app.get(path, (_, reply) => {
    reply.hijack();
    reply.raw.end(Buffer.alloc(bytes));
  });
}

async function http2(http: HttpServer & { ca: string }, settings = {}): Promise<ClientHttp2Session> {
  const session = connectHttp2(`https://localhost:${portOf(http)}`, { ca: http.ca, settings });
  session.on("error", () => {});
  await once(session, "remoteSettings");
  return session;
}

function portOf(http: HttpServer): number {
  return Number(http.address.split(":")[1]);
}

/** Resolves with the code that a stream is reset with. */
function reset(stream: ClientHttp2Stream): Promise<number> {
  stream.on("error", () => {});
  return new Promise((resolve) => stream.once("close", () => resolve(stream.rstCode)));
}

async function bytesOf(stream: ClientHttp2Stream): Promise<number> {
  let bytes = 0;
  for await (const chunk of stream) bytes += chunk.length;
  return bytes;
}

describe("T7: slow peers", () => {
  it("disconnects silent clients and those that trickle headers or a body, and serves others meanwhile", async () => {
    await using http = await counted({ count: 0 }, { limits });
    const host = `Host: ${http.address}`;
    const silent = trickle(dial(http.address), "", 100_000);
    const headers = trickle(dial(http.address), `GET /counted HTTP/1.1\r\n${host}\r\nX-A: `, 50);
    const body = trickle(
      dial(http.address),
      rawRequest("POST", "/counted", [host, "Content-Length: 1000"]),
      100,
    );
    for (let i = 0; i < 20; i++)
      assert.equal((await raw(http.address, rawRequest("GET", "/counted", [host]), 10_000)).status, 200);
    await silent;
    assert.match(await headers, /^HTTP\/1\.1 408/);
    assert.match(await body, /^HTTP\/1\.1 408/);
  });

  it("disconnects a body below the minimum rate where there is no total timeout", async () => {
    await using http = await counted({ count: 0 }, { limits: { ...limits, requestTimeout: 0 } });
    const headers = [`Host: ${http.address}`, "Content-Length: 100000"];
    assert.match(
      await trickle(dial(http.address), rawRequest("POST", "/counted", headers), 100),
      /^HTTP\/1\.1 408/,
    );
  });

  it("disconnects a slow body over TLS and HTTP/2, and serves a fast one", async (t) => {
    const { ca, ...files } = certificate(t);
    await using http = await counted({ count: 0 }, { limits: { ...limits, requestTimeout: 0 }, tls: files });
    const port = Number(http.address.split(":")[1]);
    const body = rawRequest("POST", "/counted", [`Host: ${http.address}`, "Content-Length: 100000"]);
    const tls = connectTls({ port, ca, servername: "localhost", ALPNProtocols: ["http/1.1"] });
    assert.match(await trickle(tls, body, 100), /^HTTP\/1\.1 408/);
    const session = connectHttp2(`https://localhost:${port}`, { ca });
    const post = () =>
      session.request({ ":method": "POST", ":path": "/counted", "content-type": "application/json" });
    const quick = post();
    quick.end("{}");
    const [head] = await once(quick, "response");
    assert.equal(head[":status"], 200);
    const slow = post();
    const timer = setInterval(() => slow.write("x"), 100);
    slow.on("error", () => {}).once("aborted", () => clearInterval(timer));
    await new Promise((resolve) => slow.once("close", resolve));
    clearInterval(timer);
    assert.equal(slow.rstCode, 11);
    assert.equal(session.destroyed, false);
    session.destroy();
  });

  it("resets streams of HTTP/2 whose window stays shut, and those for which too much waits, and serves others", async (t) => {
    await using http = await secured(t, {
      limits: { ...limits, http2Waiting: { session: 8e6, total: 1e9 } },
    });
    serves(http, "/big", 4e6);
    await http.listen();
    const shut = await http2(http, { initialWindowSize: 0 });
    const open = await http2(http);
    const began = performance.now();
    const streams = [1, 2, 3].map(() => shut.request({ ":path": "/big" }));
    const codes = Promise.all(
      streams.map(async (stream) => [await reset(stream), performance.now() - began]),
    );
    for (let i = 0; i < 5; i++) assert.equal(await bytesOf(open.request({ ":path": "/big" })), 4e6);
    const ends = await codes;
    for (const [code] of ends) assert.equal(code, 11);
    const atOnce = ends.filter(([, after = 0]) => after < limits.stalled);
    assert.equal(atOnce.length, 1);
    assert.equal(shut.destroyed, false);
    for (const session of [shut, open]) session.destroy();
  });

  it("serves a slow but steady reader over HTTP/2", async (t) => {
    await using http = await secured(t, { limits: { ...limits, stalled: 500 } });
    serves(http, "/some", 200_000);
    await http.listen();
    const session = await http2(http, { initialWindowSize: 20_000 });
    const slow = session.request({ ":path": "/some" });
    let bytes = 0;
    for await (const chunk of slow) {
      bytes += chunk.length;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.equal(bytes, 200_000);
    session.destroy();
  });

  it("ends the connection for which most waits when too much does in all", async (t) => {
    await using http = await secured(t, { limits: { http2Waiting: { session: 1e9, total: 10e6 } } });
    serves(http, "/big", 4e6);
    serves(http, "/small", 100_000);
    await http.listen();
    const modest = await http2(http, { initialWindowSize: 0 });
    const small = modest.request({ ":path": "/small" }).on("error", () => {});
    await once(small, "response");
    const greedy = await http2(http, { initialWindowSize: 0 });
    const ended = once(greedy, "close");
    for (let i = 0; i < 3; i++) greedy.request({ ":path": "/big" }).on("error", () => {});
    await ended;
    assert.equal(modest.destroyed, false);
    modest.destroy();
  });

  it("disconnects a client that never reads, over TLS", async (t) => {
    await using http = await secured(t, { limits });
    const cut = new Promise((resolve) => {
      http.app.get("/big", async ({ raw }) => {
        raw.socket.setMaxListeners(0).once("close", resolve);
        return Buffer.alloc(1024 * 1024);
      });
    });
    await http.listen();
    const socket = connectTls({ port: portOf(http), ca: http.ca, servername: "localhost" });
    socket.on("error", () => {});
    socket.pause();
    socket.write(rawRequest("GET", "/big", [`Host: ${http.address}`]).repeat(50));
    await cut;
    socket.destroy();
  });

  it("disconnects a client that never reads", async () => {
    await using http = await httpServer({ name: "go.micro.test", address: "127.0.0.1:0", limits });
    const cut = new Promise((resolve) => {
      http.app.get("/big", async ({ raw }) => {
        raw.socket.setMaxListeners(0).once("close", resolve);
        return Buffer.alloc(1024 * 1024);
      });
    });
    await http.listen();
    const socket = dial(http.address);
    socket.pause();
    socket.write(rawRequest("GET", "/big", [`Host: ${http.address}`]).repeat(50));
    await cut;
    socket.destroy();
  });
});
