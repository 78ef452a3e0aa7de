import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RequestHandler, Route } from "../../../src/http/request-handler.js";
import { httpServer } from "../../../src/http/server.js";
import { raw, rawRequest } from "../../support/bytes/raw-http.js";
import { Dashboards } from "../../support/dashboard.js";
import { handshake } from "../../support/listeners.js";
import { Http2Way, tlsFiles, waysOfHttp1 } from "../../support/ways.js";

const unbuffered: Route = {
  relayed: true,
  request: (_, response) => void response.writeHead(200, { "Content-Length": 1 }).end("x"),
  upgrade: (_, socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"),
};

/** A front that writes down what it is asked, and answers all of it. */
class Asked implements RequestHandler {
  readonly all: string[] = [];
  readonly #route: Route;

  constructor(buffers = true) {
    const buffered = {
      id: "x",
      answer: async () => ({ status: 200, headers: [], body: Buffer.from("x") }),
    };
    this.#route = { ...unbuffered, buffered: buffers ? buffered : undefined };
  }

  route(method: string, path: string, upgrade: boolean): Route {
    this.all.push(`${method} ${path}${upgrade ? " upgrade" : ""}`);
    return this.#route;
  }
}

const shared = { name: "go.micro.test", address: "127.0.0.1:0" };

describe("who answers a request", () => {
  it("is decided once, by every way in", async () => {
    await using files = await tlsFiles();
    for (const tls of [undefined, files.tls]) {
      const requestHandler = new Asked();
      await using http = await httpServer({ ...shared, requestHandler, ...(tls && { tls }) });
      await http.listen();
      await using http2 = tls && new Http2Way(http, files.certificate);
      for (const [way, ask] of Object.entries(http2 ? { http2: http2.ask } : waysOfHttp1(http)))
        for (const [method, path] of [
          ["POST", "/rpc"],
          ["OPTIONS", "/some/path"],
          ["GET", "/some//path"],
        ] as const) {
          assert.equal((await ask({ method, path })).status, 200, `${way} ${method}`);
          assert.deepEqual(requestHandler.all.splice(0), [`${method} ${path}`], way);
        }
    }
  });

  it("is asked again where the fast front passes a request on", async () => {
    const requestHandler = new Asked(false);
    await using http = await httpServer({ ...shared, requestHandler });
    await http.listen();
    const asked = rawRequest("GET", "/some", [`Host: ${http.address}`]);
    assert.equal((await raw(http.address, asked)).status, 200);
    assert.deepEqual(requestHandler.all, ["GET /some", "GET /some"]);
  });

  it("is decided once for an upgrade", async () => {
    const requestHandler = new Asked();
    await using http = await httpServer({ ...shared, requestHandler });
    await http.listen();
    const asked = rawRequest("GET", "/some//path", [`Host: ${http.address}`, ...handshake]);
    assert.equal((await raw(http.address, asked)).status, 200);
    assert.deepEqual(requestHandler.all, ["GET /some//path upgrade"]);
  });

  it("is the router for upgrades of a dashboard whose apps are elsewhere: 404, and 400 for an unclean path", async () => {
    await using dashboards = new Dashboards();
    const token = "a-token-of-more-than-128-bits";
    const { address } = await dashboards.open({ admin: true, token: { value: token } });
    for (const [path, expected] of [
      ["/app/x", 404],
      ["/app//x", 400],
    ] as const) {
      const head = [`Host: ${address}`, `Authorization: Bearer ${token}`, ...handshake];
      const { status } = await raw(address, rawRequest("GET", path, head));
      assert.equal(status, expected, path);
    }
  });
});
