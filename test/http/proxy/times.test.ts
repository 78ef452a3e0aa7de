import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import { parseAddress } from "../../../src/core/net/address.js";
import type { HttpServer } from "../../../src/http/listener/listener.js";
import type { Registry } from "../../../src/registry/index.js";
import { Backend } from "../../support/backend.js";
import { askRaw } from "../../support/bytes/raw-answer.js";
import { Dashboards } from "../../support/dashboard.js";
import { Gateways } from "../../support/gateway.js";

interface Times {
  readonly limits?: { readonly headersTimeout: number; readonly requestTimeout: number };
  readonly proxyIdleTimeout?: number;
  readonly proxyUploadTimeout?: number;
}

interface Program extends AsyncDisposable {
  readonly http: HttpServer;
  readonly registry: Registry;
  readonly service: string;
}

const programs: Readonly<Record<string, (times: Times) => Promise<Program>>> = {
  async api(times) {
    const owner = new Gateways();
    const http = await owner.open({ handler: "proxy", ...times });
    const end = () => owner[Symbol.asyncDispose]();
    return { http, registry: owner.registry, service: "go.micro.api.app", [Symbol.asyncDispose]: end };
  },
  async web(times) {
    const owner = new Dashboards();
    const http = await owner.open(times);
    const end = () => owner[Symbol.asyncDispose]();
    return { http, registry: owner.registry, service: "go.micro.web.app", [Symbol.asyncDispose]: end };
  },
};

const soon = () => ({ signal: AbortSignal.timeout(10_000) });

const post = (address: string, length: number) =>
  `POST /app/x HTTP/1.1\r\nHost: ${address}\r\nContent-Length: ${length}\r\n\r\n`;

/** Sends a body byte after byte, `gap` ms apart, and returns what comes back. */
async function trickle(address: string, length: number, gap: number): Promise<string> {
  const socket = connect(parseAddress(address)).setEncoding("latin1");
  socket.on("error", () => {}).write(post(address, length));
  let sent = 0;
  const timer = setInterval(() => {
    if (sent++ < length) socket.write("x");
    else clearInterval(timer);
  }, gap);
  const [answer] = await once(socket, "data", { signal: AbortSignal.timeout(20_000) });
  clearInterval(timer);
  socket.destroy();
  return String(answer);
}

describe("timeouts of relayed requests", () => {
  for (const [name, open] of Object.entries(programs)) {
    it(`has no limit for a whole upload: ${name}`, async () => {
      await using program = await open({ limits: { headersTimeout: 200, requestTimeout: 300 } });
      const { http, registry, service } = program;
      await using _ = await Backend.http(registry, service, (request, response) => {
        request.resume().once("end", () => response.end("whole"));
      });
      assert.match(await trickle(http.address, 20, 60), /^HTTP\/1\.1 200 [\s\S]*whole/);
    });

    it(`ends an upload after --proxy_upload_timeout, with 504: ${name}`, async () => {
      await using program = await open({ proxyUploadTimeout: 300 });
      const { http, registry, service } = program;
      let cut: Promise<unknown> = Promise.resolve();
      await using _ = await Backend.http(registry, service, (request) => {
        cut = new Promise((resolve) =>
          request
            .on("error", () => {})
            .resume()
            .once("close", resolve),
        );
      });
      const status = name === "api" ? 504 : 502; // web answers as the original, which knows 502 alone
      assert.match(await trickle(http.address, 1000, 25), new RegExp(`^HTTP/1\\.1 ${status} `));
      await cut;
    });

    it(`ends a silent answer after --proxy_idle_timeout, and no other: ${name}`, async () => {
      await using program = await open({ proxyIdleTimeout: 1000 });
      const { http, registry, service } = program;
      await using _ = await Backend.http(registry, service, (_, response) => {
        response.writeHead(200);
        response.write("begun");
      });
      const read = await askRaw(http.address, `GET /app/x HTTP/1.1\r\nHost: ${http.address}\r\n\r\n`);
      assert.deepEqual([read.status, read.body, read.cut], [200, "begun", true]);
    });

    it(`ends a silent WebSocket after --proxy_idle_timeout: ${name}`, async () => {
      await using program = await open({ proxyIdleTimeout: 500 });
      const { http, registry, service } = program;
      const sockets = new WebSocketServer({ noServer: true });
      sockets.on("connection", (accepted) => accepted.on("message", () => accepted.send("yes")));
      await using backend = await Backend.http(registry, service, (_, response) => response.end());
      backend.server.on("upgrade", (request, socket, head) =>
        sockets.handleUpgrade(request, socket, head, (accepted) =>
          sockets.emit("connection", accepted, request),
        ),
      );
      const socket = new WebSocket(`${http.url.replace("http", "ws")}/app/ws`);
      await once(socket, "open", soon());
      for (let i = 0; i < 4; i++) {
        socket.send("there?");
        await once(socket, "message", soon());
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      const [code] = await once(socket, "close", soon());
      assert.equal(code, 1006);
      sockets.close();
    });
  }
});
