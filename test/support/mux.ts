import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { ConcurrencyLimit as Admission } from "../../src/transport/concurrency-limit.js";
import { MuxConnection, type MuxOptions } from "../../src/transport/mux/calls/connection.js";
import { Serving, type ServingOptions } from "../../src/transport/mux/calls/serving.js";
import type { Message, TransportHandler } from "../../src/transport/transport.js";

export function message(text: string, header: Readonly<Record<string, string>> = {}): Message {
  return { header, body: Buffer.from(text) };
}

export function text(message: Message): string {
  return Buffer.from(message.body).toString();
}

/** Answers a call with its body, and a stream message by message. */
export const echo: TransportHandler = {
  opensStream: () => false,
  call: async (request) => request,
  stream: async (_, stream) => {
    for await (const each of stream) await stream.send(each);
  },
};

/** Something that a test waits for. */
export class Gate<T = void> {
  open: (value: T) => void = () => {};
  readonly opened: Promise<T>;

  constructor() {
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }
}

/** A served port and raw sockets to it: mux without the upgrade before it. */
export class MuxPair implements AsyncDisposable {
  readonly server: Server;
  readonly port: number;
  readonly servings: Serving[] = [];
  /** The server's ends. */
  readonly accepted: Socket[] = [];
  readonly #sockets: Socket[] = [];

  constructor(server: Server) {
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  async socket(): Promise<Socket> {
    const socket = connect(this.port, "127.0.0.1");
    this.#sockets.push(socket);
    socket.on("error", () => {});
    await once(socket, "connect");
    return socket;
  }

  async dial(options?: MuxOptions): Promise<MuxConnection> {
    return new MuxConnection(await this.socket(), options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.servings.map((serving) => serving.close()));
    this.server.close();
    await once(this.server, "close");
  }
}

export async function muxPair(
  handler: Partial<TransportHandler> = {},
  options: Partial<ServingOptions> = {},
): Promise<MuxPair> {
  const served = { ...echo, ...handler };
  const limit = new Admission(served, 1024);
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const pair = new MuxPair(server);
  server.on("connection", (socket) => {
    pair.accepted.push(socket);
    pair.servings.push(new Serving(socket, served, { limit, logUnexpected: () => {}, ...options }));
  });
  return pair;
}
