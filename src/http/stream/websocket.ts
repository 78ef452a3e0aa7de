import type { FastifyInstance } from "fastify";
import type { WebSocket, WebSocketServer } from "ws";
import { badRequest, type MicroError } from "../../core/errors.js";
import { defaultLimits } from "../limits.js";
import { pingInterval } from "./keepalive.js";

const id = "go.micro.http";

/** Bytes handed to a socket ahead of what it has sent, above which what is behind it waits. */
export const maxAhead = 64 * 1024;

export interface WebSocketOptions {
  /** Bytes. Default 1 MiB. */
  readonly maxMessage?: number;
  /** Subprotocols that are answered; without one of them a socket has none, whatever it offers. */
  readonly protocols?: readonly string[];
}

/**
 * Lets routes of `app` be WebSockets, with bounds that the library lacks: small messages, few fragments, no
 * compression, pings. A route attaches its `message` listener before it awaits anything: what came earlier is lost.
 */
export async function webSockets(app: FastifyInstance, options: WebSocketOptions = {}): Promise<void> {
  const { default: plugin } = await import("@fastify/websocket");
  app.addHook("onRoute", (route) => {
    if (route.websocket || route.wsHandler) route.config = { ...route.config, [upgrades]: true };
  });
  await app.register(plugin, {
    // The plugin's own ends the socket at once: see `lastWord`.
    errorHandler(error, socket, request) {
      request.log.error(error);
      if (socket.readyState === socket.OPEN) socket.close(1011, "internal error");
      endSoon(socket);
    },
    options: {
      ...socketOptions(options.maxMessage ?? defaultLimits.webSocketMessage),
      handleProtocols: (offered: Set<string>) =>
        options.protocols?.find((protocol) => offered.has(protocol)) ?? false,
    },
    preClose(done) {
      closeSockets(app.websocketServer);
      done();
    },
  });
  app.websocketServer.on("connection", (socket: WebSocket) => watchSocket(socket));
  app.addHook("onRequest", (request, _, done) => {
    const refused = request.ws && !request.is404 && !(upgrades in request.routeOptions.config);
    done(refused ? badRequest(id, "upgrade: nothing here upgrades") : undefined);
  });
}

/** Takes no more sockets, and tells those that are open to go elsewhere. */
export function closeSockets(server: WebSocketServer): void {
  for (const socket of server.clients) socket.close(1001, "going away");
  server.close();
}

/** Marks routes that are WebSockets: on any other the plugin would answer 101 first and hang up then. */
const upgrades = Symbol("upgrades");

/** Bounds for a `ws` server or client. Source: websockets/ws#2331 for the last two. */
export function socketOptions(maxPayload: number): {
  maxPayload: number;
  perMessageDeflate: false;
  maxFragments: number;
  maxBufferedChunks: number;
} {
  return { maxPayload, perMessageDeflate: false, maxFragments: 64, maxBufferedChunks: 1024 };
}

/**
 * Milliseconds for a peer to read why its socket is closed, before the connection goes. Ended at once, it would be reset
 * while the peer still sends, and the reason be lost.
 */
const lastWord = 1000;

export function endSoon(socket: WebSocket): void {
  setTimeout(() => socket.terminate(), lastWord).unref();
}

/**
 * How an error closes a socket: close codes of applications begin at 4000, ours is that and the code of the error; the reason is
 * its detail, cut to the bytes that a close frame has room for.
 */
export function closing({ code, detail }: MicroError): [code: number, reason: string] {
  const cut = Buffer.from(detail).subarray(0, 120).toString();
  return [4000 + (code > 0 && code < 1000 ? code : 500), cut.replace(/\uFFFD+$/, "")];
}

/** Pings `socket` until it closes, and ends it when two pings got no answer. */
export function watchSocket(socket: WebSocket): void {
  let missed = 0;
  const timer = setInterval(() => {
    // while we do not read, no pong comes
    if (missed >= 2 && !socket.isPaused) socket.terminate();
    missed++;
    if (socket.readyState === socket.OPEN) socket.ping();
  }, pingInterval);
  timer.unref();
  socket.on("pong", () => {
    missed = 0;
  });
  socket.on("error", () => endSoon(socket));
  socket.once("close", () => clearInterval(timer));
}
