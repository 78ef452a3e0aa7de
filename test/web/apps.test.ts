import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { after, before, describe, it } from "node:test";
import type { WebServer } from "../../src/web/index.js";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { Dashboards } from "../support/dashboard.js";
import { freePort } from "../support/free-port.js";

interface Hops {
  readonly connections: readonly {
    readonly messages: readonly { readonly text?: string; readonly hex?: string }[];
  }[];
}

const file = new URL("../fixtures/web/ws-proxy-hops.json", import.meta.url);
const { connections } = JSON.parse(readFileSync(file, "utf8")) as Hops;
const [client, backend] = connections.map(({ messages }) => messages);

/** The headers of a request, in lower case and sorted; hosts and programs differ, and ours tells the public address too. */
function headersOf(request: string): readonly string[] {
  const [, ...lines] = request.split("\r\n").filter(Boolean);
  return lines
    .filter((line) => !/^(host|user-agent|x-forwarded-[a-z]+|x-request-id|traceparent):/i.test(line))
    .map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()))
    .sort();
}

describe("web apps behind the proxy", () => {
  const dashboards = new Dashboards();
  let app: Server;
  let http: WebServer;
  let received = "";

  before(async () => {
    app = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.once("data", (bytes) => {
        received = bytes.toString("latin1");
        socket.end(Buffer.from(client?.[1]?.hex ?? "", "hex"));
      });
    });
    await once(app.listen(0, "127.0.0.1"), "listening");
    const ports = { httpapp: (app.address() as AddressInfo).port, gone: await freePort() };
    for (const [name, port] of Object.entries(ports))
      await dashboards.registry.register({
        name: `go.micro.web.${name}`,
        version: "1.0.0",
        metadata: {},
        endpoints: [],
        nodes: [{ id: `${name}-1`, address: "127.0.0.1", port, metadata: {} }],
      });
    http = await dashboards.open();
  });

  after(async () => {
    await dashboards[Symbol.asyncDispose]();
    app.close();
  });

  it("take WebSockets byte for byte, as the original passed them on", async () => {
    const asked = client?.[0]?.text?.replaceAll("127.0.0.1:8082", http.address) ?? "";
    const { status, body } = await raw(http.address, asked);
    assert.equal(status, 101);
    assert.equal(body, "\x81\x05hello".replace("\x81", "\ufffd"));
    const recorded = backend?.[0]?.text ?? "";
    assert.equal(received.split("\r\n")[0], recorded.split("\r\n")[0]);
    assert.deepEqual(headersOf(received), headersOf(recorded));
  });

  it("give 502 when they do not answer, with the reason for browsers", async () => {
    const host = `Host: ${http.address}`;
    const bare = await raw(http.address, rawRequest("GET", "/gone/x", [host]));
    assert.deepEqual([bare.status, bare.body], [502, ""]);
    const page = await raw(http.address, rawRequest("GET", "/gone/x", [host, "Accept: text/html"]));
    assert.deepEqual([page.status, page.body], [502, "go.micro.web.gone does not answer\n"]);
    const upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
    const socket = await raw(http.address, rawRequest("GET", "/gone/ws", [host, ...upgrade]));
    assert.equal(socket.status, 500);
  });
});
