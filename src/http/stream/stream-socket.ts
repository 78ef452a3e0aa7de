import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket, WebSocketServer } from "ws";
import type { Stream } from "../../client/client.js";
import { presentable } from "../errors.js";
import { contextOf } from "../message/request-context.js";
import { closing, socketOptions, watchSocket } from "./websocket.js";

/** Bytes waiting to be sent to a slow socket above which the stream behind it is no longer read. */
const highWater = 512 * 1024;

export interface PendingUpgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** Makes WebSockets of upgrades that came before the router. */
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

  /** Tells every socket to go elsewhere. */
  close(): void {
    for (const socket of this.#server.clients) socket.close(1001, "going away");
    this.#server.close();
  }
}

/**
 * Joins a WebSocket and a stream of JSON messages: each text frame is a request, an empty one says that no more come,
 * each response is a text frame. The end of the stream closes with 1000, an error with 4000 and its code.
 */
export async function joinSocket(
  server: SocketServer,
  upgrade: PendingUpgrade,
  stream: Stream<Uint8Array>,
  first: Uint8Array | undefined,
): Promise<void> {
  const socket = await server.accept(upgrade);
  const sending = new Outgoing(socket, stream);
  if (first) sending.add(first);
  socket.on("message", (data: Buffer) => sending.add(data));
  socket.once("close", () => void stream.close());
  try {
    for await (const message of stream) await send(socket, message);
    socket.close(1000);
  } catch (error) {
    socket.close(...closing(presentable(error, "go.micro.api", contextOf(upgrade.request))));
  } finally {
    await stream.close();
  }
}

/** Sends frames one after the other; the socket waits while the stream does not take more. */
class Outgoing {
  readonly #socket: WebSocket;
  readonly #stream: Stream<Uint8Array>;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(socket: WebSocket, stream: Stream<Uint8Array>) {
    this.#socket = socket;
    this.#stream = stream;
  }

  add(message: Uint8Array): void {
    if (++this.#waiting === 1) this.#socket.pause();
    this.#last = this.#last
      .then(() => (message.length === 0 ? this.#stream.end() : this.#stream.send(message)))
      .catch(() => this.#socket.close(1011, "stream failed"))
      .finally(() => {
        if (--this.#waiting === 0) this.#socket.resume();
      });
  }
}

function send(socket: WebSocket, message: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = (error?: Error) => (error ? reject(error) : resolve());
    if (socket.bufferedAmount < highWater) {
      socket.send(message, { binary: false });
      resolve();
    } else socket.send(message, { binary: false }, sent);
  });
}
