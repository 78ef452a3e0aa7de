import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { silent } from "../../../src/core/log/log.js";
import type { HttpOptions } from "../../../src/http/options.js";
import { raw, rawRequest } from "../../support/bytes/raw-http.js";
import { handshake, openListeners } from "../../support/listeners.js";
import { Http2Way, tlsFiles, waysOfHttp1 } from "../../support/ways.js";

describe("methods without a path", () => {
  it("CONNECT is not allowed, over HTTP/1.1 and HTTP/2", async () => {
    await using listeners = await openListeners();
    for (const [name, { address }] of listeners.all) {
      const asked = rawRequest("CONNECT", "other.test:443", [`Host: ${address}`]);
      assert.equal((await raw(address, asked)).status, 405, name);
    }
    await using files = await tlsFiles();
    await using secure = await openListeners({ tls: files.tls });
    for (const [name, http] of secure.all) {
      await using http2 = new Http2Way(http, files.certificate);
      const fields = { ":method": "CONNECT", ":authority": "other.test:443" };
      const stream = http2.session.request(fields).on("error", () => {});
      const [{ ":status": status }] = await once(stream, "response", { signal: AbortSignal.timeout(10_000) });
      assert.equal(status, 405, name);
    }
  });

  it("a request line that says HTTP/2.0 is answered 505, upgrades and CONNECT too, and nothing fails", async () => {
    const failed: unknown[] = [];
    const log = { ...silent, error: (...said: unknown[]) => failed.push(said) };
    await using listeners = await openListeners({ log });
    for (const [name, { address }] of listeners.all)
      for (const [method, more] of [
        ["GET", []],
        ["POST", ["Content-Length: 2"]],
        ["OPTIONS", []],
        ["CONNECT", []],
        ["GET", handshake],
      ] as const) {
        const head = rawRequest(method, "/health/live", [`Host: ${address}`, ...more]);
        const { head: answer } = await raw(address, head.replace("HTTP/1.1", "HTTP/2.0"));
        assert.match(answer, /^HTTP\/1\.1 505 /, `${name} ${method}`);
        assert.match(answer, /\r\nconnection: close/i, `${name} ${method}`);
      }
    assert.deepEqual(failed, []);
  });

  it("OPTIONS * is answered, by every program and in every way; no other method has this path", async () => {
    await using files = await tlsFiles();
    const options: Partial<HttpOptions>[] = [{}, { tls: files.tls }];
    for (const { tls } of options) {
      await using listeners = await openListeners(tls && { tls });
      for (const [name, http] of listeners.all) {
        await using http2 = tls && new Http2Way(http, files.certificate);
        for (const [way, ask] of Object.entries(http2 ? { http2: http2.ask } : waysOfHttp1(http))) {
          const { status, body } = await ask({ method: "OPTIONS", path: "*" });
          assert.deepEqual([status, body], [200, ""], `${name} ${way}`);
          if (!tls) assert.equal((await ask({ path: "*" })).status, 400, `${name} ${way}`);
        }
      }
    }
  });
});
