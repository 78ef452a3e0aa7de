import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Relay } from "../../../src/http/proxy/relay.js";
import { Catalog } from "../../../src/registry/catalog/catalog.js";
import { MemoryRegistry } from "../../../src/registry/memory/memory.js";
import { CatalogSelector } from "../../../src/selector/catalog-selector.js";
import { Backend } from "../../support/backend.js";
import { askRaw } from "../../support/bytes/raw-answer.js";
import { Gateways } from "../../support/gateway.js";

const name = "go.micro.api.shop";
const signal = () => AbortSignal.timeout(10_000);
const closing = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
const chunked = "Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n";

/** Answers in two writes: while the second one is read the client has no room. */
const framings: Readonly<Record<string, readonly [string, string]>> = {
  "a length": ["HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst", "after"],
  "a length, Connection: close": [`${closing}Content-Length: 10\r\n\r\nfirst`, "after"],
  chunks: [`HTTP/1.1 200 OK\r\n${chunked}`, "5\r\nafter\r\n0\r\n\r\n"],
  "chunks, Connection: close": [`${closing}${chunked}`, "5\r\nafter\r\n0\r\n\r\n"],
  "the end of the connection": [`${closing}\r\nfirst`, "after"],
};
const ends: Readonly<Record<string, (socket: Socket) => void>> = {
  closes: (socket) => socket.end(),
  resets: (socket) => socket.resetAndDestroy(),
};

/** A relay whose client has no room after each write, until it is told. */
class FullClient implements AsyncDisposable {
  readonly registry = new MemoryRegistry();
  /** Emits what is written to the client. */
  readonly written = new EventEmitter();
  readonly #catalog = new Catalog(this.registry);
  readonly #relay = new Relay({
    id: "go.micro.test",
    selector: new CatalogSelector(this.#catalog),
    registry: this.registry,
  });
  readonly #server = createServer((request, response) => {
    this.#fill(response);
    this.#relay.forward(request, response, { service: name, path: "/", headers: {} }).catch(() => {
      response.writeHead(502).end();
    });
  });
  #makeRoom = () => {};

  async listen(): Promise<string> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  makeRoom(): void {
    this.#makeRoom();
  }

  #fill(response: ServerResponse): void {
    const write = response.write.bind(response) as (chunk: Buffer) => boolean;
    let room = false;
    response.write = (chunk: unknown) => {
      write(chunk as Buffer);
      this.written.emit(String(chunk));
      return room;
    };
    this.#makeRoom = () => {
      room = true;
      response.emit("drain");
    };
  }

  /** Close ends requests in flight, without waiting for them. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#relay.close();
    this.#server.close().closeAllConnections();
    await this.#catalog.close();
    await this.registry.close();
  }
}

/** Answers in two parts, and is gone while the client has no room for the second. */
async function answerAndGo(socket: Socket, [first, second]: readonly [string, string], client: FullClient) {
  const read = once(client.written, "first", { signal: signal() });
  socket.write(first);
  await read;
  const full = once(client.written, "after", { signal: signal() });
  socket.write(second);
  await full;
}

describe("a response whose backend is gone before the client has read it", () => {
  for (const [framing, answer] of Object.entries(framings))
    for (const [how, end] of Object.entries(ends))
      it(`arrives completely, without an error: ${framing}, ${how}`, async (t) => {
        const uncaught = t.mock.fn();
        process.on("uncaughtException", uncaught);
        t.after(() => process.off("uncaughtException", uncaught));
        await using client = new FullClient();
        const gone = new EventEmitter();
        await using _ = await Backend.raw(client.registry, name, (socket) => {
          socket.once("data", async () => {
            await answerAndGo(socket, answer, client);
            end(socket);
            await sleep(20); // for a relay that acts on it too early
            gone.emit("gone");
          });
        });
        const [address, isGone] = [await client.listen(), once(gone, "gone", { signal: signal() })];
        const asked = askRaw(address, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await isGone;
        client.makeRoom();
        const { status, body, cut } = await asked;
        // a reset is no end: who reads it as one cannot tell it from a part
        const lost = framing === "the end of the connection" && how === "resets";
        assert.deepEqual([status, body, cut], [200, "firstafter", lost]);
        assert.equal(uncaught.mock.callCount(), 0);
      });

  it("does not prevent closing", async () => {
    const client = new FullClient();
    await using _ = await Backend.raw(client.registry, name, (socket) => {
      socket.once("data", async () => {
        await answerAndGo(socket, framings["the end of the connection"] ?? ["", ""], client);
        socket.end(() => client.written.emit("gone"));
      });
    });
    const gone = once(client.written, "gone", { signal: signal() });
    const asked = askRaw(await client.listen(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await gone;
    await client[Symbol.asyncDispose]();
    assert.equal((await asked).cut, true);
  });

  it("arrives whole at a client that reads slowly, through a gateway", async () => {
    await using gateways = new Gateways();
    const size = 24 * 1024 * 1024; // more than the kernel holds
    await using _ = await Backend.raw(gateways.registry, name, (socket) => {
      socket.once("data", () =>
        socket.end(Buffer.concat([Buffer.from(`${closing}\r\n`), Buffer.alloc(size, "z")])),
      );
    });
    const { address } = await gateways.open({ handler: "proxy" });
    const asked = get(`http://${address}/shop/`, { signal: signal() });
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    let received = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      if (received === 0) await sleep(50); // until both are full
      received += chunk.length;
    }
    assert.equal(received, size);
  });
});
