import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Log } from "../../src/core/log/log.js";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { counted } from "../support/listeners.js";

describe("T13: client input in metrics and logs", () => {
  it("keeps 10,000 invented paths and methods to one megabyte of metrics", async () => {
    await using http = await counted({ count: 0 });
    for (let i = 0; i < 10_000; i++) http.metrics.observe(`invented-${i}`, `M${i}`, 200 + (i % 400), 1);
    const paths = Array.from({ length: 200 }, (_, i) => `/nowhere-${i}`);
    for (const path of paths) await raw(http.address, rawRequest("GET", path, [`Host: ${http.address}`]));
    const { body } = await raw(
      http.address,
      rawRequest("GET", "/metrics", [`Host: ${http.address}`]),
      10_000,
    );
    assert.ok(body.length > 1000 && body.length < 1024 * 1024, `${body.length}`);
    assert.doesNotMatch(body, /nowhere/);
    assert.match(body, /target="other",method="GET",code="404"/);
  });

  it("writes one line for a request, without its query, its headers or its token", async () => {
    const lines: string[] = [];
    const write = (fields: object, text: string) => void lines.push(JSON.stringify({ ...fields, text }));
    const log: Log = { debug: write, info: write, warn: write, error: write };
    const token = "the-secret-token-of-this-listener";
    await using http = await counted({ count: 0 }, { log, token: { value: token } });
    const headers = [`Host: ${http.address}`, `Authorization: Bearer ${token}`, "Cookie: session=secret"];
    const { status } = await raw(http.address, rawRequest("GET", "/counted?password=secret", headers));
    assert.equal(status, 200);
    for (let i = 0; i < 200 && lines.length === 0; i++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(lines.length, 1);
    assert.doesNotMatch(lines[0] ?? "", /secret|\n/);
    assert.match(lines[0] ?? "", /"path":"\/counted","target":"\/counted","status":200/);
  });
});
