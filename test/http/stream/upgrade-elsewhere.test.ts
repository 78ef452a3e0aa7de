import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Backend } from "../../support/backend.js";
import { askRaw } from "../../support/bytes/raw-answer.js";
import { Gateways } from "../../support/gateway.js";

describe("an upgrade that was not sent", () => {
  it("goes to a node that was not tried yet", async () => {
    await using gateways = new Gateways();
    const { registry } = gateways;
    const name = "go.micro.api.app";
    const dead = [1, 2].map((port) => ({ id: `dead-${port}`, address: "127.0.0.1", port, metadata: {} }));
    await registry.register({ name, version: "1.0.0", metadata: {}, endpoints: [], nodes: dead });
    await using _ = await Backend.answering(
      registry,
      name,
      () => "HTTP/1.1 426 X\r\nContent-Length: 0\r\n\r\n",
    );
    const http = await gateways.open({ handler: "proxy" });
    const head = `GET /app/x HTTP/1.1\r\nHost: ${http.address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`;
    const key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    for (let i = 0; i < 20; i++) assert.equal((await askRaw(http.address, head + key)).status, 426);
  });
});
