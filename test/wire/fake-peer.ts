import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type HttpMessage, parseMessages } from "./http-bytes.js";
import type { Conversation } from "./recorded.js";

/**
 * A Go service that was recorded: each connection gets the replies of the conversation with its number, byte for byte,
 * each once as many requests came as there had been.
 */
export class FakePeer implements AsyncDisposable {
  /** Requests by connection, as our client sent them. */
  readonly received: HttpMessage[][] = [];
  readonly #server: Server;
  readonly #conversations: readonly Conversation[];
  readonly #sockets = new Set<Socket>();
  #played = 0;

  private constructor(conversations: readonly Conversation[]) {
    this.#conversations = conversations;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(conversations: readonly Conversation[]): Promise<FakePeer> {
    const peer = new FakePeer(conversations);
    peer.#server.listen(0, "127.0.0.1");
    await once(peer.#server, "listening");
    return peer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(socket: Socket): void {
    const requests: HttpMessage[] = [];
    this.received.push(requests);
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    let playing = this.#next(socket);
    let pending = Buffer.alloc(0);
    socket.on("data", (bytes: Buffer) => {
      pending = Buffer.concat([pending, bytes]);
      for (const request of parseMessages(pending)) {
        requests.push(request);
        pending = pending.subarray(request.bytes.length);
        if (playing.over) playing = this.#next(socket);
        playing.onRequest();
      }
    });
  }

  /** A caller that keeps its connection gets the next conversation on it. */
  #next(socket: Socket): Playing {
    return new Playing(socket, this.#conversations[this.#played++] ?? this.#conversations.at(-1));
  }
}

/** The server's part of one conversation. */
class Playing {
  readonly #socket: Socket;
  readonly #conversation: Conversation;
  #requests = 0;
  #answered = 0;

  constructor(socket: Socket, conversation: Conversation | undefined) {
    this.#socket = socket;
    this.#conversation = conversation ?? {
      requests: [],
      responses: [],
      sent: Buffer.alloc(0),
      closedByServer: true,
    };
  }

  /** True when everything was said. */
  get over(): boolean {
    const { requests, responses } = this.#conversation;
    return this.#requests >= requests.length && this.#answered >= responses.length;
  }

  onRequest(): void {
    this.#requests++;
    const { responses, closedByServer } = this.#conversation;
    for (
      let next = responses[this.#answered];
      next && next.after <= this.#requests;
      next = responses[this.#answered]
    ) {
      this.#socket.write(next.bytes);
      this.#answered++;
    }
    if (closedByServer && this.over) this.#socket.end();
  }
}
