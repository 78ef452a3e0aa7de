import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { describe, it } from "node:test";
import type { FastifyRequest } from "fastify";
import { WebSocket } from "ws";
import type { HttpServer } from "../../src/http/listener/listener.js";
import type { HttpOptions } from "../../src/http/options.js";
import { httpServer } from "../../src/http/server.js";
import { webSockets } from "../../src/http/stream/websocket.js";
import { pageRoute } from "../../src/web/pages/pages.js";
import type { Viewer } from "../../src/web/pages/viewer.js";
import { tlsFiles } from "../support/ways.js";

const soon = () => ({ signal: AbortSignal.timeout(10_000) });

/** A page whose feed is opened only after it has disconnected. Emits what its viewer then receives. */
async function open(options: Partial<HttpOptions>) {
  const http = await httpServer({ name: "go.micro.test", address: "127.0.0.1:0", ...options });
  await webSockets(http.app);
  let opening = () => {};
  let told = () => {};
  const asked = new Promise<void>((resolve) => (opening = resolve));
  const left = new Promise<void>((resolve) => (told = resolve));
  const feed = async ({ raw }: FastifyRequest) => {
    const { stream = raw.socket } = raw as { stream?: Duplex };
    const gone = new Promise((resolve) => stream.once("close", resolve));
    opening();
    await gone;
    await new Promise(setImmediate); // for all that hears of it
    return ({ signal }: Viewer) => (signal.aborted ? told() : signal.addEventListener("abort", told));
  };
  http.app.register(async (app) =>
    pageRoute(app, { page: Buffer.alloc(0), files: new Map() }, "/events", { feed }),
  );
  await http.listen();
  return { http, asked, left };
}

/** Each way for a page to follow a feed, with what ends it. */
const pages: Readonly<Record<string, (http: HttpServer, cert: string) => () => void>> = {
  "a WebSocket": ({ address }) => {
    const socket = new WebSocket(`ws://${address}/events`).on("error", () => {});
    return () => socket.terminate();
  },
  "events over HTTP/1.1": ({ address }) => {
    const [host, port] = address.split(":");
    const socket = connect({ host, port: Number(port) }).on("error", () => {});
    socket.write(`GET /events HTTP/1.1\r\nHost: ${address}\r\nAccept: text/event-stream\r\n\r\n`);
    return () => socket.destroy();
  },
  "events over HTTP/2": ({ url }, ca) => {
    const session = connectHttp2(url, { ca }).on("error", () => {});
    session.request({ ":path": "/events", accept: "text/event-stream" }).on("error", () => {});
    return () => session.destroy();
  },
};

describe("a page that disconnects while its feed is opened", () => {
  for (const [how, follow] of Object.entries(pages))
    it(`is told to have left: ${how}`, async () => {
      await using files = await tlsFiles();
      const { http, asked, left } = await open(how.endsWith("2") ? { tls: files.tls } : {});
      await using _ = http;
      const leave = follow(http, files.certificate.cert);
      await asked;
      leave();
      const late = once(soon().signal, "abort").then(() => assert.fail("nobody is told"));
      await Promise.race([left, late]);
    });
});
