import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { Relay } from "../../../src/http/proxy/relay.js";
import { Catalog } from "../../../src/registry/catalog/catalog.js";
import { MemoryRegistry } from "../../../src/registry/memory/memory.js";
import { CatalogSelector } from "../../../src/selector/index.js";
import type { Next, SelectOptions } from "../../../src/selector/selector.js";
import { Backend } from "../../support/backend.js";
import { askRaw } from "../../support/bytes/raw-answer.js";
import { Gateways } from "../../support/gateway.js";
import { MovedClock } from "../../support/moved-clock.js";

const upgrade =
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/** Remembers the nodes that it chose. */
class Counting extends CatalogSelector {
  readonly chosen: string[] = [];

  override async select(service: string, options?: SelectOptions): Promise<Next> {
    const next = await super.select(service, options);
    return () => {
      const node = next();
      this.chosen.push(node.id);
      return node;
    };
  }
}

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
    const head = `GET /app/x HTTP/1.1\r\nHost: ${http.address}\r\n`;
    for (let i = 0; i < 20; i++) assert.equal((await askRaw(http.address, head + upgrade)).status, 426);
  });

  it("leaves out the node from then on", async () => {
    await using registry = new MemoryRegistry();
    const dead = { id: "dead", address: "127.0.0.1", port: 1, metadata: {} };
    await registry.register({ name: "app", version: "1.0.0", metadata: {}, endpoints: [], nodes: [dead] });
    const refusal = "HTTP/1.1 426 X\r\nContent-Length: 0\r\n\r\n";
    await using _ = await Backend.answering(registry, "app", () => refusal);
    await using catalog = new Catalog(registry);
    await using selector = new Counting(catalog, { clock: new MovedClock() });
    await using relay = new Relay({ id: "go.micro.test", selector, registry });
    const server = createServer();
    const target = { service: "app", path: "/", headers: {} };
    server.on("upgrade", (request, socket, head) => void relay.upgrade({ request, socket, head }, target));
    await once(server.listen(0, "127.0.0.1"), "listening");
    try {
      const { port } = server.address() as AddressInfo;
      for (let i = 0; i < 40; i++)
        assert.equal(
          (await askRaw(`127.0.0.1:${port}`, `GET / HTTP/1.1\r\nHost: x\r\n${upgrade}`)).status,
          426,
        );
      assert.equal(selector.chosen.filter((id) => id === "dead").length, 1);
    } finally {
      server.close().closeAllConnections();
    }
  });
});
