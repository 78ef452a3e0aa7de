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
 * Reads plain requests to the routes that carry load itself, and hands every other to Node's own server, in the middle of a
 * connection if need be: from there on the connection is Node's. All rules of admission hold as they do there.
 */
export class FastFront {
  readonly #connections = new Set<FastConnection>();
  /** Sockets that are Node's now: one that is announced again, after an upgrade that was ignored, stays there. */
  readonly #given = new WeakSet<Socket>();

  /** Takes the place of the server's own reader, which listens first. */
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
          return undefined; // Node's server takes it, and it fails there with its id
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

  /** Ends the connections that wait for a request. */
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
