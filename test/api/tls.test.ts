import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect as connectHttp2 } from "node:http2";
import { get, type RequestOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { connect as connectTls } from "node:tls";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { type Certificate, selfSigned } from "../support/certificates.js";
import { Gateways } from "../support/gateway.js";
import { addEcho } from "../support/programs/api-echo.js";

const names = "DNS:localhost,IP:127.0.0.1";

async function files(certificate: Certificate) {
  const folder = await mkdtemp(join(tmpdir(), "micro-tls-"));
  const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const write = async ({ cert, key }: Certificate) => {
    await writeFile(certFile, cert);
    await writeFile(keyFile, key);
  };
  await write(certificate);
  return { certFile, keyFile, write, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

async function ask(
  url: string,
  options: RequestOptions,
): Promise<{ status: number; body: Buffer; encoding: string }> {
  const [response] = await once(get(url, { ...options, agent: false }), "response");
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const { statusCode, headers } = response;
  return { status: statusCode, body: Buffer.concat(chunks), encoding: headers["content-encoding"] ?? "" };
}

describe("the gateway over TLS", () => {
  it("serves HTTP/1.1 and HTTP/2 on one port, and compresses JSON", async () => {
    const certificate = selfSigned(names);
    await using tls = await files(certificate);
    await using gateways = new Gateways();
    const echo = gateways.service("go.micro.api.echo");
    addEcho(echo, "Echo");
    await gateways.run(echo);
    const http = await gateways.open({ tls });
    assert.match(http.url, /^https:/);
    const path = `/echo/echo/call?long=${"x".repeat(2000)}`;
    for (const [accepted, inflate] of [
      ["gzip", gunzipSync],
      ["gzip, br", brotliDecompressSync],
    ] as const) {
      const headers = { "Accept-Encoding": accepted };
      const { status, body, encoding } = await ask(http.url + path, { ca: certificate.cert, headers });
      assert.deepEqual([status, encoding], [200, accepted.split(", ").at(-1)]);
      assert.match(inflate(body).toString(), /"request":/);
    }
    const session = connectHttp2(http.url, { ca: certificate.cert });
    const stream = session.request({ ":path": "/echo/echo/call?a=1", "x-mine": "1" });
    const [headers] = await once(stream, "response");
    let body = "";
    for await (const chunk of stream.setEncoding("utf8")) body += chunk;
    assert.equal(headers[":status"], 200);
    const { request, metadata } = JSON.parse(body);
    assert.deepEqual(request.get.a.values, ["1"]);
    assert.equal(metadata["X-Forwarded-Proto"], "https");
    assert.equal(request.header.Host.values[0], http.address);
    session.close();
    await once(session, "close");
  });

  it("refuses old TLS, and clients without a certificate if it requires one", async () => {
    const certificate = selfSigned(names);
    await using tls = await files(certificate);
    await using gateways = new Gateways();
    const http = await gateways.open({ tls: { ...tls, clientCaFile: tls.certFile } });
    await assert.rejects(ask(`${http.url}/health/live`, { ca: certificate.cert }));
    const mutual = { ca: certificate.cert, cert: certificate.cert, key: certificate.key };
    assert.equal((await ask(`${http.url}/health/live`, mutual)).status, 200);
    const port = Number(http.address.split(":")[1]);
    const old = connectTls({
      host: "127.0.0.1",
      port,
      maxVersion: "TLSv1.1",
      minVersion: "TLSv1",
      ...mutual,
    });
    await assert.rejects(once(old, "secureConnect"));
  });

  it("gives new connections a changed certificate", async () => {
    const [first, second] = [selfSigned(names), selfSigned(names)];
    await using tls = await files(first);
    await using gateways = new Gateways();
    const http = await gateways.open({ tls });
    assert.equal((await ask(`${http.url}/health/live`, { ca: first.cert })).status, 200);
    await tls.write(second);
    for (let i = 0; i < 200; i++) {
      const answer = await ask(`${http.url}/health/live`, { ca: second.cert }).catch(() => undefined);
      if (answer?.status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail("the certificate is still the first");
  });
});
