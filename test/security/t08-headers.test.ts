import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { Gateways } from "../support/gateway.js";
import { openListeners } from "../support/listeners.js";

const corpus: readonly { name: string; text: string; status?: number }[] = JSON.parse(
  readFileSync(new URL("corpus/requests.json", import.meta.url), "utf8"),
);

describe("T8: requests that two programs could read differently", () => {
  it("answers 4xx or 501 on every program, and the next request is its own", async () => {
    await using listeners = await openListeners();
    for (const [program, { address }] of listeners.all)
      for (const { name, text, status } of corpus) {
        const bytes = Buffer.from(text.replaceAll("HOST", address), "latin1");
        const answer = await raw(address, bytes, 10_000);
        // The dashboard answers that there is no such app before it reads the body.
        const early = program === "web" && answer.status === 502;
        assert.ok(
          early || answer.status === status || (answer.status >= 400 && answer.status < 500),
          `${program}: ${name}: ${answer.status}`,
        );
        if (status) assert.equal(answer.status, status, `${program}: ${name}`);
        const next = await raw(address, rawRequest("GET", "/health/live", [`Host: ${address}`]));
        assert.equal(next.status, 200, `${program}: after ${name}`);
      }
  });

  it("relays one clean request: the backend sees exactly the intended bytes", async () => {
    await using gateways = new Gateways();
    let seen = "";
    const peer = createServer((socket) => {
      socket.on("data", (chunk) => {
        seen += chunk.toString("latin1");
        if (seen.endsWith("hello"))
          socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
      });
    }).listen(0, "127.0.0.1");
    await once(peer, "listening");
    const { port } = peer.address() as AddressInfo;
    const node = { id: "peer", address: "127.0.0.1", port, metadata: {} };
    const name = "go.micro.api.shop";
    await gateways.registry.register({ name, version: "1", metadata: {}, endpoints: [], nodes: [node] });
    const http = await gateways.open({ handler: "proxy" });
    const forged = [
      "Connection: close, X-Forwarded-For, X-Request-Id, Host",
      "Keep-Alive: 1",
      "Proxy-Connection: x",
      "TE: gzip",
      "Trailer: X-Late",
      "Upgrade: h2c",
      "Timeout: 1",
      "X-Micro-Method: Evil.Run",
      "Forwarded: for=evil",
      "X-Forwarded-Host: evil",
      "Expect: 100-continue",
    ];
    const headers = [`Host: ${http.address}`, ...forged, "X-Mine: \u00fc1", "Content-Length: 5"];
    const bytes = Buffer.from(
      rawRequest(
        "POST",
        "/shop/x?a=%0d%0a",
        headers.filter((h) => !h.startsWith("Upgrade")),
        "hello",
      ),
      "latin1",
    );
    const answer = await raw(http.address, bytes, 10_000);
    assert.match(answer.head + answer.body, /HTTP\/1\.1 (100|200)/);
    const [head = "", body] = seen.split("\r\n\r\n");
    const lines = head.toLowerCase().split("\r\n");
    assert.equal(lines[0], "post /shop/x?a=%0d%0a http/1.1");
    assert.equal(body, "hello");
    assert.equal(lines.filter((line) => line.startsWith("host:")).length, 1);
    assert.ok(lines.includes("x-forwarded-for: 127.0.0.1"));
    assert.ok(lines.includes(`x-forwarded-host: ${http.address}`));
    assert.ok(lines.includes("x-mine: \u00fc1"));
    for (const name of [
      "keep-alive",
      "proxy-connection",
      "te",
      "trailer",
      "upgrade",
      "timeout",
      "forwarded",
      "expect",
    ])
      assert.ok(!lines.some((line) => line.startsWith(`${name}:`)), name);
    assert.ok(!head.includes("evil") && !head.includes("Evil"));
    peer.close();
  });
});
