import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { BufferedHandler } from "../../body/buffered-request.js";
import { isPlainPath } from "../../message/path.js";
import type { RequestHandler } from "../../request-handler.js";
import type { FastParts } from "./connection.js";
import { FastConnection } from "./connection.js";
import type { FastFrontOptions } from "./front-options.js";

type Listener = (socket: Socket) => void;

/**
 * Serves plain requests to the hot routes itself. At the first other request of a connection, the whole connection is
 * passed to Node's server. Admission is the same on both paths.
 */
export class FastFront {
  readonly #connections = new Set<FastConnection>();
  /** Sockets passed to Node. They stay there, even if `connection` is emitted again after an ignored upgrade. */
  readonly #given = new WeakSet<Socket>();

  /** Replaces the server's own `connection` listener, which is the first one. */
  constructor(server: Server, { requestHandler, ...options }: FastFrontOptions) {
    const [node] = server.listeners("connection");
    if (typeof node !== "function") return;
    const read = node.bind(server) as Listener;
    const parts: FastParts = {
      ...options,
      added: options.admission.cors.always,
      bufferedHandler: ({ method, url }) => {
        try {
          return bufferedHandlerOf(requestHandler, method, url);
        } catch {
          return undefined; // it will fail again in Node's server, which has error handling
        }
      },
      handOver: (socket, from) => {
        this.#connections.delete(from);
        this.#given.add(socket);
        read(socket);
      },
    };
    server.off("connection", node as Listener);
    server.on("connection", (socket: Socket) => {
      if (this.#given.has(socket) || socket.writableEnded) read(socket);
      else this.#serve(socket, parts);
    });
  }

  /** Closes idle connections. */
  leave(): void {
    for (const connection of this.#connections) connection.leave();
  }

  #serve(socket: Socket, parts: FastParts): void {
    const connection = new FastConnection(socket, parts);
    this.#connections.add(connection);
    socket.once("close", () => this.#connections.delete(connection));
  }
}

function bufferedHandlerOf(
  handler: RequestHandler,
  method: string,
  url: string,
): BufferedHandler | undefined {
  const mark = url.indexOf("?");
  const path = mark < 0 ? url : url.slice(0, mark);
  return isPlainPath(path) ? handler.route(method, path, false)?.buffered : undefined;
}
