import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request as httpRequest, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { Gateways } from "../support/gateway.js";

/** A program that speaks plain HTTP, registered beside it. */
async function app(
  gateways: Gateways,
  name: string,
  listener: RequestListener,
  id = `${name}-1`,
): Promise<Server> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await gateways.registry.register({
    name,
    version: "1.0.0",
    metadata: {},
    endpoints: [],
    nodes: [{ id, address: "127.0.0.1", port, metadata: {} }],
  });
  return server;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}

const get = (http: HttpServer, path: string, ...headers: string[]) =>
  raw(http.address, rawRequest("GET", path, [`Host: ${http.address}`, ...headers]), 10_000);

const echo: RequestListener = (request, response) => {
  let body = "";
  request.setEncoding("utf8").on("data", (text) => {
    body += text;
  });
  request.on("end", () => {
    const seen = JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body });
    response.writeHead(201, {
      "Content-Length": Buffer.byteLength(seen),
      "Set-Cookie": ["a=1", "b=2"],
      Connection: "X-Secret",
      "X-Secret": "s",
    });
    response.end(seen);
  });
};

describe("the proxy handler", () => {
  it("relays requests with the whole path, and adds where they came from", async () => {
    await using gateways = new Gateways();
    const server = await app(gateways, "go.micro.api.shop", echo);
    const http = await gateways.open({ handler: "proxy" });
    const body = '{"a":1}';
    const answer = await raw(
      http.address,
      rawRequest(
        "POST",
        "/shop/a%2Fb/c?x=1",
        [
          `Host: ${http.address}`,
          "Content-Type: application/json",
          `Content-Length: ${body.length}`,
          "X-Forwarded-For: 6.6.6.6",
          "X-Micro-From-Service: root",
          "Connection: X-Mine",
          "X-Mine: 1",
          "X-Kept: 1",
        ],
        body,
      ),
      10_000,
    );
    assert.equal(answer.status, 201);
    assert.match(answer.head, /set-cookie: a=1\r\nset-cookie: b=2/i);
    assert.doesNotMatch(answer.head, /X-Secret/i);
    const seen = JSON.parse(answer.body);
    assert.equal(seen.url, "/shop/a%2Fb/c?x=1");
    assert.equal(seen.body, body);
    assert.equal(seen.headers.host, `127.0.0.1:${(server.address() as AddressInfo).port}`);
    assert.equal(seen.headers["x-forwarded-host"], http.address);
    assert.equal(seen.headers["x-forwarded-for"], "127.0.0.1");
    assert.equal(seen.headers["x-kept"], "1");
    assert.match(seen.headers.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-0\d$/);
    for (const name of ["x-micro-from-service", "x-mine"]) assert.equal(seen.headers[name], undefined);
    await close(server);
  });

  it("answers 404 for an invalid name, and for a service that is not running", async () => {
    await using gateways = new Gateways();
    const http = await gateways.open({ handler: "proxy" });
    for (const path of ["/ht-app/foo", "/nosuch/foo", "/"])
      assert.equal((await get(http, path)).status, 404, path);
  });

  it("answers 502 when the backend is down, and tries its other node first", async () => {
    await using gateways = new Gateways();
    const gone = await app(gateways, "go.micro.api.shop", echo, "gone");
    await close(gone);
    const http = await gateways.open({ handler: "proxy" });
    assert.equal((await get(http, "/shop/x")).status, 502);
    const alive = await app(gateways, "go.micro.api.shop", echo, "alive");
    for (let i = 0; i < 10; i++) assert.equal((await get(http, "/shop/x")).status, 201);
    await close(alive);
  });

  it("aborts a response that its backend did not finish", async () => {
    await using gateways = new Gateways();
    const server = await app(gateways, "go.micro.api.shop", (_, response) => {
      response.writeHead(200, { "Content-Length": 100 });
      response.write("half");
      setImmediate(() => response.destroy());
    });
    const http = await gateways.open({ handler: "proxy" });
    await assert.rejects(
      new Promise((resolve, reject) => {
        const asked = httpRequest(`${http.url}/shop/x`, (response) => {
          response.on("error", reject).on("end", resolve).resume();
        });
        asked.on("error", reject).end();
      }),
    );
    await close(server);
  });

  it("relays WebSockets with their subprotocol, binary frames and close code", async () => {
    await using gateways = new Gateways();
    const server = await app(gateways, "go.micro.api.shop", echo);
    const sockets = new WebSocketServer({ server, handleProtocols: () => "chat" });
    sockets.on("connection", (socket) => {
      socket.on("message", (data: Buffer, binary: boolean) => {
        socket.send(data, { binary });
        if (data.toString() === "bye") socket.close(4001, "bye");
      });
    });
    const http = await gateways.open();
    const socket = new WebSocket(`${http.url.replace("http", "ws")}/shop/ws`, ["chat"]);
    await once(socket, "open");
    assert.equal(socket.protocol, "chat");
    const bytes = Buffer.from([0, 255, 128]);
    socket.send(bytes);
    const [data, binary] = await once(socket, "message");
    assert.deepEqual([data, binary], [bytes, true]);
    socket.send("bye");
    const [code] = await once(socket, "close");
    assert.equal(code, 4001);
    sockets.close();
    await close(server);
  });

  it("relays a refused upgrade as the answer it is", async () => {
    await using gateways = new Gateways();
    const server = await app(gateways, "go.micro.api.shop", (_, response) =>
      response.writeHead(418).end("no"),
    );
    const http = await gateways.open();
    const upgrade = [
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    const answer = await get(http, "/shop/ws", ...upgrade);
    assert.equal(answer.status, 418);
    assert.match(answer.head, /Connection: close/i);
    await close(server);
  });
});
