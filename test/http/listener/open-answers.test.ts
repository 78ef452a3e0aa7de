import assert from "node:assert/strict";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { describe, it } from "node:test";
import { parseAddress } from "../../../src/core/net/address.js";
import type { HttpServer } from "../../../src/http/listener/listener.js";
import { relayAgent } from "../../../src/http/proxy/relay-agent.js";
import type { Registry } from "../../../src/registry/index.js";
import { MemoryRegistry } from "../../../src/registry/memory/memory.js";
import { eventually } from "../../../src/testing/eventually.js";
import { Backend } from "../../support/backend.js";
import { askRaw } from "../../support/bytes/raw-answer.js";
import { Dashboards } from "../../support/dashboard.js";
import { Gateways } from "../../support/gateway.js";

const limits = { connectionsPerClient: 2000 };

interface Program extends AsyncDisposable {
  readonly http: HttpServer;
  readonly registry: Registry;
  readonly service: string;
}

const programs: Readonly<Record<string, () => Promise<Program>>> = {
  async api() {
    const owner = new Gateways();
    const http = await owner.open({ handler: "proxy", limits });
    const end = () => owner[Symbol.asyncDispose]();
    return { http, registry: owner.registry, service: "go.micro.api.app", [Symbol.asyncDispose]: end };
  },
  async web() {
    const owner = new Dashboards();
    const http = await owner.open({ limits });
    const end = () => owner[Symbol.asyncDispose]();
    return { http, registry: owner.registry, service: "go.micro.web.app", [Symbol.asyncDispose]: end };
  },
};

/** Opens an event stream, and resolves with its socket once its first event is there. */
async function openStream(address: string): Promise<Socket> {
  const socket = connect(parseAddress(address));
  socket.on("error", () => {}).write(`GET /app/events HTTP/1.1\r\nHost: ${address}\r\n\r\n`);
  const [first] = await once(socket, "data", { signal: AbortSignal.timeout(20_000) });
  assert.match(String(first), /^HTTP\/1\.1 200 /);
  return socket;
}

describe("hundreds of open responses of one node", () => {
  for (const [name, open] of Object.entries(programs))
    it(`do not block other requests to it: ${name}`, async () => {
      await using program = await open();
      const { http, registry, service } = program;
      const streams: ServerResponse[] = [];
      await using _ = await Backend.http(registry, service, (request, response) => {
        if (!request.url?.endsWith("/events")) return response.end("short");
        streams.push(response);
        response.write("data: first\n\n");
      });
      const sockets = await Promise.all(Array.from({ length: 300 }, () => openStream(http.address)));
      const get = `GET /app/x HTTP/1.1\r\nHost: ${http.address}\r\n\r\n`;
      const { status, body } = await askRaw(http.address, get, 10_000);
      assert.deepEqual([status, body, streams.length], [200, "short", 300]);
      for (const socket of sockets) socket.destroy();
    });

  it("are bounded: one too many is refused at once, as overloaded, until one ends", async () => {
    await using registry = new MemoryRegistry();
    const held: ServerResponse[] = [];
    await using backend = await Backend.http(registry, "app", (_, response) => {
      held.push(response);
      response.flushHeaders();
    });
    const [found] = await registry.getService("app");
    const origin = `http://127.0.0.1:${found?.nodes[0]?.port}`;
    const agent = await relayAgent({ registry, foreign: false, connections: 2 });
    const ask = () => agent.request({ origin, path: "/", method: "GET" });
    const [first, second] = [await ask(), await ask()];
    await assert.rejects(ask(), { code: 503, reason: "OVERLOADED", executed: "no" });
    assert.equal(backend.connections, 2);
    held[0]?.end();
    await first.body.dump();
    let third = first;
    await eventually(async () => {
      third = await ask();
    });
    assert.equal(third.statusCode, 200);
    for (const { body } of [second, third]) body.on("error", () => {}).destroy();
    await agent.destroy();
  });
});
