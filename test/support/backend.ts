import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import {
  type AddressInfo,
  createServer as createRawServer,
  type Server as RawServer,
  type Socket,
} from "node:net";
import type { Registry } from "../../src/registry/index.js";

/** A program behind a proxy, registered, and closed with its connections. */
export class Backend implements AsyncDisposable {
  readonly server: RawServer;
  readonly #sockets = new Set<Socket>();

  private constructor(server: RawServer) {
    this.server = server;
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  /** One that Node's own HTTP server reads. */
  static async http(registry: Registry, name: string, listener: RequestListener): Promise<Backend> {
    return Backend.#listen(createServer(listener), registry, name);
  }

  /** One that is given each connection as it is. */
  static async raw(registry: Registry, name: string, onSocket: (socket: Socket) => void): Promise<Backend> {
    return Backend.#listen(createRawServer(onSocket), registry, name);
  }

  /** One that answers each request whose head is there with `answer`, in bytes. */
  static async answering(
    registry: Registry,
    name: string,
    answer: (head: string) => string | Buffer,
  ): Promise<Backend> {
    return Backend.raw(registry, name, (socket) => {
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1");
        const end = text.indexOf("\r\n\r\n");
        if (end < 0) return;
        const head = text.slice(0, end);
        const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
        if (text.length < end + 4 + length) return;
        text = text.slice(end + 4 + length);
        const bytes = answer(head);
        socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
      });
    });
  }

  static async #listen(server: Server | RawServer, registry: Registry, name: string): Promise<Backend> {
    const backend = new Backend(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const nodes = [{ id: `${name}-1`, address: "127.0.0.1", port, metadata: {} }];
    await registry.register({ name, version: "1.0.0", metadata: {}, endpoints: [], nodes });
    return backend;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    await once(this.server, "close");
  }
}
