import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, it } from "node:test";
import { parseAddress } from "../../src/core/net/address.js";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { Dashboards } from "../support/dashboard.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Sends a POST to `/logout` with an incomplete body. Resolves once the request is in flight. */
async function trickle(http: HttpServer): Promise<Socket> {
  const socket = connect(parseAddress(http.address)).setEncoding("latin1");
  const head = [`Host: ${http.address}`, `Origin: ${http.url}`, "Content-Type: application/json"];
  socket.write(`POST /logout HTTP/1.1\r\n${head.join("\r\n")}\r\nContent-Length: 10\r\n\r\n{`);
  const end = performance.now() + 10_000;
  while (http.metrics.active === 0 && performance.now() < end) await turn();
  assert.equal(http.metrics.active, 1);
  return socket;
}

describe("a body for a route of the dashboard's own", () => {
  it("may take 30 s, although apps have no such limit", async (t) => {
    await using dashboards = new Dashboards();
    const http = await dashboards.open();
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const socket = await trickle(http);
    const answered = once(socket, "data", { signal: AbortSignal.timeout(10_000) });
    t.mock.timers.tick(29_999);
    assert.equal(http.metrics.active, 1);
    t.mock.timers.tick(1);
    const [text] = await answered;
    t.mock.timers.reset();
    assert.match(text, /^HTTP\/1\.1 408 [\s\S]*request body: not received in time/);
    socket.destroy();
  });
});
