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
    const conversation = this.#conversations[this.received.length] ?? this.#conversations.at(-1);
    const requests: HttpMessage[] = [];
    this.received.push(requests);
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    let pending = Buffer.alloc(0);
    let answered = 0;
    socket.on("data", (bytes: Buffer) => {
      pending = Buffer.concat([pending, bytes]);
      for (const request of parseMessages(pending)) {
        requests.push(request);
        pending = pending.subarray(request.bytes.length);
      }
      answered = conversation
        ? this.#answer(socket, conversation, { requests: requests.length, answered })
        : 0;
    });
  }

  #answer(
    socket: Socket,
    { responses, closedByServer, requests: recorded }: Conversation,
    state: { requests: number; answered: number },
  ): number {
    let { answered } = state;
    for (let next = responses[answered]; next && next.after <= state.requests; next = responses[answered]) {
      socket.write(next.bytes);
      answered++;
    }
    if (closedByServer && answered === responses.length && state.requests >= recorded.length) socket.end();
    return answered;
  }
}
