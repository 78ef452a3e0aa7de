import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { connect as connectTls } from "node:tls";
import { httpServer } from "../../src/http/server.js";
import { selfSigned } from "../support/certificates.js";
import { counted } from "../support/listeners.js";
import { raw, rawRequest } from "../support/raw-http.js";

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

describe("T7: slow peers", () => {
  it("cuts off who says nothing, trickles headers or trickles a body, and serves others meanwhile", async () => {
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

  it("cuts off a body below its rate where no total time counts", async () => {
    await using http = await counted({ count: 0 }, { limits: { ...limits, requestTimeout: 0 } });
    const headers = [`Host: ${http.address}`, "Content-Length: 100000"];
    assert.match(
      await trickle(dial(http.address), rawRequest("POST", "/counted", headers), 100),
      /^HTTP\/1\.1 408/,
    );
  });

  it("cuts off a slow body over TLS and over HTTP/2, and serves one that comes in time", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "micro-slow-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const { key, cert: ca } = selfSigned("DNS:localhost,IP:127.0.0.1");
    const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    writeFileSync(certFile, ca);
    writeFileSync(keyFile, key);
    await using http = await counted(
      { count: 0 },
      { limits: { ...limits, requestTimeout: 0 }, tls: { certFile, keyFile } },
    );
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

  it("cuts off who asks and never reads", async () => {
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
