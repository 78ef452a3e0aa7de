import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import type { WebSocketServer } from "ws";
import WebSocket from "ws7";
import { Socket } from "../sidecar/socket.js";
import { Stage, service } from "./stage.js";

const count = `service=${service}&method=Peer.Count`;

interface Case {
  readonly program: string;
  readonly path: string;
  readonly protocol?: string;
  readonly sends: readonly (string | Buffer)[];
  /** Parsed, what must come in turn. */
  readonly gets: readonly unknown[];
  /** How the other side closes; it is closed from here where that is not said. */
  readonly closes?: number;
}

const message = { topic: "t", header: {}, body: "hi", encoding: "utf8" };
const echoed = [{ at: 1 }, "käse", { binary: "AP8=" }];
const cases: Readonly<Record<string, Case>> = {
  "the original's /broker of the sidecar": {
    program: "sidecar",
    path: "/broker?topic=old",
    sends: ["hello", Buffer.from([0, 255])],
    gets: [
      { Header: {}, Body: "aGVsbG8=" },
      { Header: {}, Body: "AP8=" },
    ],
  },
  "the framed /broker of the sidecar": {
    program: "sidecar",
    path: "/broker",
    protocol: "micro.broker.v1",
    sends: [
      JSON.stringify({ op: "subscribe", topic: "t" }),
      JSON.stringify({ op: "publish", topic: "t", body: "hi", id: 1 }),
    ],
    gets: [
      { op: "welcome" },
      { op: "subscribed", topic: "t" },
      { op: "message", seq: 1, ...message },
      { op: "published", topic: "t", id: 1 },
    ],
  },
  "/stream of the sidecar": {
    program: "sidecar",
    path: `/stream?${count}`,
    sends: ['{"to":2}', '{"to":1}', ""],
    gets: [{ at: 1 }, { at: 2 }, { at: 1 }],
    closes: 1000,
  },
  "a stream of the gateway": {
    program: "gateway",
    path: "/peer/count",
    sends: ['{"to":2}', ""],
    gets: [{ at: 1 }, { at: 2 }],
    closes: 1000,
  },
  ...Object.fromEntries(
    ["gateway", "dashboard"].map((program) => [
      `the tunnel of the ${program}, to a server of the same kind`,
      {
        program,
        path: "/tunnel/ws",
        protocol: "chat",
        sends: ['{"at":1}', '"käse"', Buffer.from([0, 255])],
        gets: echoed,
        closes: 4001,
      },
    ]),
  ),
};

describe("ws 7", () => {
  const stage = new Stage();
  let server: WebSocketServer;
  before(async () => {
    await stage.open();
    server = new WebSocket.Server({ port: 0, host: "127.0.0.1", perMessageDeflate: true });
    await once(server, "listening");
    server.on("connection", (socket) => {
      let left = echoed.length;
      socket.on("message", (data: unknown) => {
        const back = Buffer.isBuffer(data) ? { binary: data.toString("base64") } : JSON.parse(String(data));
        socket.send(JSON.stringify(back));
        if (--left === 0) socket.close(4001, "done");
      });
    });
    await stage.register("tunnel", (server.address() as AddressInfo).port);
  });
  after(async () => {
    for (const socket of server.clients) socket.terminate();
    server.close();
    await stage[Symbol.asyncDispose]();
  });

  for (const [title, { program, path, protocol, sends, gets, closes }] of Object.entries(cases))
    for (const perMessageDeflate of [true, false])
      for (const secure of ["", " over TLS"])
        it(`talks to ${title}${secure}${perMessageDeflate ? ", offering to compress" : ""}`, async () => {
          const url = stage.program(`${program}${secure}`).url.replace("http", "ws");
          const options = { perMessageDeflate, rejectUnauthorized: false };
          const opening = new WebSocket(`${url}${path}`, protocol ? [protocol] : [], options);
          await using socket = new Socket(opening);
          await once(opening, "open", { signal: AbortSignal.timeout(20_000) });
          assert.equal(opening.protocol, protocol ?? "");
          for (const data of sends) socket.send(data);
          for (const want of gets) {
            const got = await socket.json();
            if (typeof want !== "object") assert.equal(got, want);
            else for (const [key, value] of Object.entries(want ?? {})) assert.deepEqual(got[key], value);
          }
          if (closes) assert.equal((await socket.closed).code, closes);
          else socket.close();
          await socket.closed;
        });
});
