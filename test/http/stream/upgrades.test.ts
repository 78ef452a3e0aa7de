import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { connect as connectTls } from "node:tls";
import { agent } from "../../../src/agent/index.js";
import type { HttpServer } from "../../../src/http/listener/listener.js";
import { sidecar } from "../../../src/sidecar/index.js";
import { web } from "../../../src/web/index.js";
import { hasWholeReply } from "../../support/bytes/raw.js";
import { selfSigned } from "../../support/certificates.js";
import { Gateways } from "../../support/gateway.js";

const name = "go.micro.srv.greeter";
const call = JSON.stringify({ service: name, method: "Say.Hello", request: { name: "John" } });

/** What clients offer without being asked; none is a WebSocket, as the last is a list. */
const offers: Readonly<Record<string, readonly string[]>> = {
  "Apache HttpClient 5.4": ["Upgrade: TLS/1.2", "Connection: Upgrade"],
  "a list": ["Upgrade: TLS/1.2, HTTP/1.1", "Connection: keep-alive, Upgrade"],
  "Java's own client": [
    "Connection: Upgrade, HTTP2-Settings",
    "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA",
    "Upgrade: h2c",
  ],
  "something unheard of": ["connection: upgrade", "upgrade: foo/1"],
  "a WebSocket or else": ["Connection: Upgrade", "Upgrade: websocket, foo"],
};

/** Sends a request as it is, and returns what came back, in whole. */
async function send(address: string, bytes: string, secure = false): Promise<string> {
  const [host = "", port = ""] = address.split(/:(?=\d+$)/);
  const at = { host, port: Number(port) };
  const socket = secure ? connectTls({ ...at, rejectUnauthorized: false }) : connect(at);
  socket.setTimeout(10_000, () => socket.destroy());
  socket.write(bytes);
  let reply = "";
  for await (const chunk of socket.setEncoding("latin1") as AsyncIterable<string>) {
    reply += chunk;
    if (hasWholeReply(reply)) break;
  }
  socket.destroy();
  return reply;
}

describe("upgrades to other protocols than WebSocket", () => {
  const gateways = new Gateways();
  const programs = new Map<string, HttpServer>();
  const folder = mkdtempSync(join(tmpdir(), "micro-upgrades-"));
  const app = createServer((request, response) => {
    const body: Buffer[] = [];
    request.on("data", (chunk: Buffer) => body.push(chunk));
    request.on("end", () => response.end(`app: ${Buffer.concat(body)}${request.headers.upgrade ?? ""}`));
  });

  before(async () => {
    const greeter = gateways.service(name);
    greeter.handle("Say.Hello", {}, async (request) => ({
      msg: `Hello ${(request as { name: string }).name}`,
    }));
    await gateways.run(greeter);
    await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
    const { port } = app.address() as AddressInfo;
    for (const service of ["go.micro.api.app", "go.micro.web.app"])
      await gateways.registry.register({
        name: service,
        version: "1",
        metadata: {},
        endpoints: [],
        nodes: [{ id: `${service}-1`, address: "127.0.0.1", port, metadata: { handler: "proxy" } }],
      });
    const { key, cert } = selfSigned("IP:127.0.0.1");
    const tls = { certFile: join(folder, "cert.pem"), keyFile: join(folder, "key.pem") };
    writeFileSync(tls.certFile, cert);
    writeFileSync(tls.keyFile, key);
    programs.set("api", await gateways.open());
    programs.set("api without the fast front", await gateways.open({ fastFront: false }));
    programs.set("api over TLS", await gateways.open({ tls }));
    const address = "127.0.0.1:0";
    programs.set("sidecar", await sidecar(gateways.service("go.micro.sidecar"), { address }));
    programs.set("web", await web(gateways.service("go.micro.web"), { address }));
    programs.set("agent", await agent({ address }));
  });

  after(async () => {
    for (const http of programs.values()) await http.close();
    await gateways[Symbol.asyncDispose]();
    app.closeAllConnections();
    app.close();
    rmSync(folder, { recursive: true });
  });

  const paths = [
    ["api", "POST", "/rpc", call, /Hello John/],
    ["api", "GET", "/app/x", "", /app: $/],
    ["api", "POST", "/app/x", "a body", /app: a body$/],
    ["api", "GET", "/health/live", "", /ok/],
    ["api without the fast front", "POST", "/rpc", call, /Hello John/],
    ["api over TLS", "POST", "/rpc", call, /Hello John/],
    ["api over TLS", "GET", "/app/x", "", /app: $/],
    ["sidecar", "POST", "/rpc", call, /Hello John/],
    ["sidecar", "GET", "/registry", "", /greeter/],
    ["web", "GET", "/registry", "", /<html/],
    ["web", "POST", "/rpc", call, /Hello John/],
    ["web", "POST", "/app/x", "a body", /app: a body$/],
    ["agent", "GET", "/v1/status/leader", "", /127/],
  ] as const;

  for (const [offer, headers] of Object.entries(offers))
    it(`are ignored by every program: ${offer}`, async () => {
      for (const [program, method, path, body, expected] of paths) {
        const { address = "" } = programs.get(program) ?? {};
        const json = body === call ? ["Content-Type: application/json"] : [];
        const all = [`Host: ${address}`, ...headers, ...json, `Content-Length: ${body.length}`];
        const bytes = [`${method} ${path} HTTP/1.1`, ...all, "", body].join("\r\n");
        const reply = await send(address, bytes, program.endsWith("TLS"));
        assert.match(reply, /^HTTP\/1\.1 200 /, `${program} ${method} ${path}: ${reply}`);
        assert.match(reply, expected, `${program} ${method} ${path}`);
      }
    });

  it("are ignored on the port of a service, as by the originals", async () => {
    const [found] = await gateways.registry.getService(name);
    const [{ address, port } = { address: "", port: 0 }] = found?.nodes ?? [];
    const body = '{"method":"Say.Hello","params":[{"name":"John"}],"id":1}';
    for (const headers of [...Object.values(offers), ["Connection: Upgrade", "Upgrade: websocket"]]) {
      const head = [
        "Host: localhost",
        ...headers,
        "Content-Type: application/json",
        `Content-Length: ${body.length}`,
      ];
      const reply = await send(`${address}:${port}`, ["POST / HTTP/1.1", ...head, "", body].join("\r\n"));
      assert.match(reply, /^HTTP\/1\.1 200 /, reply);
      assert.match(reply, /Hello John/);
    }
  });

  it("keep what else Connection names: the hop's headers go no further, and a close closes", async () => {
    const { address = "" } = programs.get("api") ?? {};
    const head = [`Host: ${address}`, "Connection: close, Upgrade, X-Hop", "Upgrade: TLS/1.2", "X-Hop: 1"];
    const reply = await send(address, ["GET /app/x HTTP/1.1", ...head, "", ""].join("\r\n"));
    assert.match(reply, /connection: close/i);
  });
});
