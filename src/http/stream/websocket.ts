import type { FastifyInstance } from "fastify";
import type { WebSocket, WebSocketServer } from "ws";
import { badRequest, type MicroError } from "../../core/errors.js";
import { type Clock, systemClock } from "../../core/time/clock.js";
import { defaultLimits } from "../limits.js";
import { pingInterval } from "./keepalive.js";

const id = "go.micro.http";

/** Unsent bytes of a socket above which further messages wait. */
export const maxAhead = 64 * 1024;

export interface WebSocketOptions {
  /** Maximum size of a message, in bytes. Default 1 MiB. */
  readonly maxMessage?: number;
  /** Supported subprotocols. Default: none is selected, whatever the client offers. */
  readonly protocols?: readonly string[];
}

/**
 * Adds WebSocket routes to `app`, with limits on messages and fragments, without compression, and with pings. A route
 * has to attach its `message` listener before it awaits anything: earlier messages are lost.
 */
export async function webSockets(app: FastifyInstance, options: WebSocketOptions = {}): Promise<void> {
  const { default: plugin } = await import("@fastify/websocket");
  app.addHook("onRoute", (route) => {
    if (route.websocket || route.wsHandler) route.config = { ...route.config, [upgrades]: true };
  });
  await app.register(plugin, {
    // The plugin's default handler closes the connection at once: see `closeTimeout`.
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
    done(refused ? badRequest(id, "upgrade: not supported at this path") : undefined);
  });
}

/** Closes all sockets with "going away", and accepts no more. */
export function closeSockets(server: WebSocketServer): void {
  for (const socket of server.clients) socket.close(1001, "going away");
  server.close();
}

/** Marks WebSocket routes. On any other, the plugin would answer 101 and then close. */
const upgrades = Symbol("upgrades");

/** Limits for a `ws` server or client. Source: websockets/ws#2331 for the last two. */
export function socketOptions(maxPayload: number): {
  maxPayload: number;
  perMessageDeflate: false;
  maxFragments: number;
  maxBufferedChunks: number;
} {
  return { maxPayload, perMessageDeflate: false, maxFragments: 64, maxBufferedChunks: 1024 };
}

/**
 * Milliseconds that a peer has to read the close frame before the connection is destroyed. Destroyed at once, it would
 * be reset while the peer still sends, and the close reason would be lost.
 */
const closeTimeout = 1000;

export function endSoon(socket: WebSocket): void {
  setTimeout(() => socket.terminate(), closeTimeout).unref();
}

/**
 * Close code and reason for an error. The code is 4000, the first one for applications, plus the code of the error. The
 * reason is its detail, truncated to fit a close frame.
 */
export function closing({ code, detail }: MicroError): [code: number, reason: string] {
  const cut = Buffer.from(detail).subarray(0, 120).toString();
  return [4000 + (code > 0 && code < 1000 ? code : 500), cut.replace(/\uFFFD+$/, "")];
}

/**
 * Pings `socket` until it closes. Terminates it at the third ping, if the two before were not answered: 27 s after the peer
 * last answered one.
 */
export function watchSocket(socket: WebSocket, clock: Clock = systemClock): void {
  let missed = 0;
  const look = () => {
    // A paused socket cannot receive pongs, and those sent meanwhile are read after it resumes.
    if (socket.isPaused) missed = 0;
    else if (missed >= 2) return socket.terminate();
    missed++;
    if (socket.readyState === socket.OPEN) socket.ping();
    timer = clock.schedule(pingInterval, look, { ref: false });
  };
  let timer = clock.schedule(pingInterval, look, { ref: false });
  socket.on("pong", () => {
    missed = 0;
  });
  socket.on("error", () => endSoon(socket));
  socket.once("close", () => timer.cancel());
}
