import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket, WebSocketServer } from "ws";
import { closeSockets, socketOptions, watchSocket } from "./websocket.js";

export interface PendingUpgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** Accepts WebSockets that bypass the router. */
export class SocketServer {
  readonly #server: WebSocketServer;

  private constructor(server: WebSocketServer) {
    this.#server = server;
  }

  static async open(maxMessage: number): Promise<SocketServer> {
    const { WebSocketServer } = await import("ws");
    return new SocketServer(new WebSocketServer({ noServer: true, ...socketOptions(maxMessage) }));
  }

  accept({ request, socket, head }: PendingUpgrade): Promise<WebSocket> {
    return new Promise((resolve) => {
      this.#server.handleUpgrade(request, socket, head, (accepted) => {
        watchSocket(accepted);
        resolve(accepted);
      });
    });
  }

  close(): void {
    closeSockets(this.#server);
  }
}
