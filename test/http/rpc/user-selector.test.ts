import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { MemoryBroker } from "../../../src/broker/memory.js";
import { MicroClient } from "../../../src/client/micro-client.js";
import { Codecs } from "../../../src/codec/index.js";
import type { Node } from "../../../src/core/service.js";
import { Relay } from "../../../src/http/proxy/relay.js";
import { Catalog } from "../../../src/registry/catalog/catalog.js";
import { MemoryRegistry } from "../../../src/registry/memory/memory.js";
import { CatalogSelector } from "../../../src/selector/index.js";
import type { Outcome, SelectOptions, Selector } from "../../../src/selector/selector.js";
import { service } from "../../../src/service/index.js";
import { HttpTransport } from "../../../src/transport/http/transport.js";
import { Backend } from "../../support/backend.js";
import { askRaw } from "../../support/bytes/raw-answer.js";

/** As users have written them: it knows `sent` and `mark` alone. */
class OwnSelector implements Selector {
  readonly marked: Outcome[] = [];
  sents = 0;
  readonly #inner: CatalogSelector;

  constructor(catalog: Catalog) {
    this.#inner = new CatalogSelector(catalog);
  }

  select(name: string, options?: SelectOptions) {
    return this.#inner.select(name, options);
  }

  sent(_: Node): void {
    this.sents++;
  }

  mark(_: Node, outcome: Outcome): void {
    this.marked.push(outcome);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const handshake =
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";

describe("a selector with only `sent` and `mark`", { timeout: 30_000 }, () => {
  it("selects nodes for calls, requests and upgrades, and gets their outcomes", async () => {
    await using registry = new MemoryRegistry();
    await using catalog = new Catalog(registry);
    await using selector = new OwnSelector(catalog);
    await using called = service({
      name: "called",
      registry,
      broker: "memory",
      argv: [],
      env: {},
      drainDelay: 0,
    });
    called.handle("Say.Hello", {}, () => ({ msg: "hi" }));
    await called.start();
    await using transport = new HttpTransport();
    const parts = { selector, catalog, transports: async () => transport, broker: new MemoryBroker() };
    const client = new MicroClient({ ...parts, codecs: new Codecs() });
    assert.deepEqual(await client.call("called", "Say.Hello", {}), { msg: "hi" });
    assert.deepEqual([selector.sents, selector.marked.length], [1, 1]);

    await using _ = await Backend.answering(registry, "app", (head) => {
      const status = head.startsWith("GET /bad")
        ? "500 Bad"
        : /upgrade: websocket/i.test(head)
          ? "426 No"
          : "200 OK";
      return `HTTP/1.1 ${status}\r\nContent-Length: 2\r\n\r\nhi`;
    });
    await using relay = new Relay({ id: "go.micro.test", selector, registry });
    const target = (path = "/") => ({ service: "app", path, headers: {} });
    const server = createServer(
      (request, response) => void relay.forward(request, response, target(request.url)),
    );
    server.on("upgrade", (request, socket, head) => void relay.upgrade({ request, socket, head }, target()));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      for (const [head, status] of [
        ["GET / HTTP/1.1\r\nHost: x", 200],
        ["GET /bad HTTP/1.1\r\nHost: x", 500],
        ["POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0", 200],
        [`GET / HTTP/1.1\r\nHost: x\r\n${handshake}`, 426],
      ] as const)
        assert.equal((await askRaw(address, `${head}\r\n\r\n`)).status, status);
      assert.deepEqual(
        selector.marked.slice(1).map(({ faulty }) => faulty),
        [false, true, false, false],
      );
      assert.equal(selector.sents, 5);
    } finally {
      server.close().closeAllConnections();
    }
  });
});
