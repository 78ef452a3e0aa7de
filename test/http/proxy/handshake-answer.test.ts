import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatAddress } from "../../../src/core/net/address.js";
import type { HttpServer } from "../../../src/http/listener/listener.js";
import type { Registry } from "../../../src/registry/index.js";
import { Backend } from "../../support/backend.js";
import { askRaw, type ReadAnswer } from "../../support/bytes/raw-answer.js";
import { Dashboards } from "../../support/dashboard.js";
import { Gateways } from "../../support/gateway.js";
import { handshake } from "../../support/listeners.js";

interface Program {
  open(): Promise<{
    readonly http: HttpServer;
    readonly registry: Registry;
    readonly owner: AsyncDisposable;
  }>;
  readonly service: string;
  /** Path in front of those of the app. */
  readonly prefix: string;
}

const programs: Readonly<Record<string, Program>> = {
  api: {
    async open() {
      const owner = new Gateways();
      return { http: await owner.open({ handler: "proxy" }), registry: owner.registry, owner };
    },
    service: "go.micro.api.app",
    prefix: "",
  },
  web: {
    async open() {
      const owner = new Dashboards();
      return { http: await owner.open(), registry: owner.registry, owner };
    },
    service: "go.micro.web.app",
    prefix: "/app",
  },
};

const common = (node: string) => [
  `Location: http://${node}/app/next`,
  "Set-Cookie: sid=caf\xe9; Path=/",
  "Set-Cookie: b=2; Path=/deep; HttpOnly",
];
/** What a backend answers to a handshake, or to a plain request. */
const answers: Readonly<Record<string, (node: string) => readonly string[]>> = {
  "to a handshake that is agreed to": (node) => [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    ...common(node),
  ],
  "to a handshake that is refused": (node) => ["HTTP/1.1 302 Found", "Content-Length: 0", ...common(node)],
  "to a plain request": (node) => ["HTTP/1.1 302 Found", "Content-Length: 0", ...common(node)],
};

const values = ({ headers }: ReadAnswer, wanted: string) =>
  headers.filter(([name]) => name === wanted).map(([, value]) => value);

describe("a WebSocket's handshake beside other requests, at a backend", () => {
  for (const [program, { open, service, prefix }] of Object.entries(programs))
    for (const [what, answer] of Object.entries(answers))
      it(`names the node in Host, and its answer the public address: ${program}, ${what}`, async () => {
        const { http, registry, owner } = await open();
        await using _ = owner;
        let asked = "";
        let node = "";
        await using __ = await Backend.raw(registry, service, (socket) => {
          node = formatAddress({ host: "127.0.0.1", port: socket.localPort ?? 0 });
          socket.once("data", (bytes) => {
            asked = bytes.toString("latin1");
            socket.end(Buffer.from(`${answer(node).join("\r\n")}\r\n\r\n`, "latin1"));
          });
        });
        const head = what.includes("handshake") ? handshake : [];
        const lines = ["GET /app/ws HTTP/1.1", `Host: ${http.address}`, ...head];
        const read = await askRaw(http.address, `${lines.join("\r\n")}\r\n\r\n`);
        const told = (name: string) => new RegExp(`^${name}: (.*)\r$`, "gim");
        assert.deepEqual(
          [...asked.matchAll(told("Host"))].map(([, value]) => value),
          [node],
        );
        assert.deepEqual(
          [...asked.matchAll(told("X-Forwarded-Host"))].map(([, value]) => value),
          [http.address],
        );
        assert.deepEqual(values(read, "location"), [`http://${http.address}/app/next`]);
        const root = prefix === "" ? "/" : prefix;
        assert.deepEqual(values(read, "set-cookie"), [
          `sid=caf\xe9; Path=${root}`,
          `b=2; Path=${prefix}/deep; HttpOnly`,
        ]);
      });
});
