import { once } from "node:events";
import { connect } from "node:net";
import { MemoryBroker } from "../../src/broker/memory.js";
import { Codecs } from "../../src/codec/index.js";
import { parseAddress } from "../../src/core/net/address.js";
import { MicroServer } from "../../src/server/micro-server.js";
import { HttpTransport } from "../../src/transport/http/transport.js";
import { compareReplies } from "./compare.js";
import { registerWireHandlers } from "./handlers.js";
import { type HttpMessage, parseMessages } from "./http-bytes.js";
import type { Conversation, Recording } from "./recorded.js";

/** Milliseconds for a reply that is to come: generous, for it is awaited. */
const patience = 20_000;

/** Our server, with what the recorded Go services had. */
export class WireServer implements AsyncDisposable {
  readonly #transport = new HttpTransport();
  readonly #broker = new MemoryBroker();
  readonly #server: MicroServer;

  private constructor() {
    const transport = async () => this.#transport;
    const parts = { service: "go.micro.srv.wire", broker: this.#broker, codecs: new Codecs() };
    this.#server = new MicroServer({ ...parts, transport }, { hosts: ["x"], drainTimeout: 0 });
    registerWireHandlers(this.#server);
  }

  static async start(): Promise<WireServer> {
    const server = new WireServer();
    await server.#server.start();
    return server;
  }

  get address(): string {
    return this.#server.address;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close();
    await this.#transport.close();
    await this.#broker.close();
  }
}

/** Sends what the recorded caller sent, byte for byte. Resolves with how the answers differ; nothing when they do not. */
export async function replayAtServer(
  { connections }: Recording,
  address: string,
): Promise<string | undefined> {
  for (const conversation of connections) {
    const found = await replayOne(conversation, address);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function replayOne(conversation: Conversation, address: string): Promise<string | undefined> {
  const { requests, responses } = conversation;
  if (requests.length === 0 || (responses.length === 0 && !conversation.closedByServer)) return undefined;
  const replies = await converse(conversation, address);
  if (responses.length === 0) return sayInstead(replies);
  for (const [i, recorded] of responses.entries()) {
    const ours = replies[i];
    if (!ours) return `reply ${i + 1} of ${responses.length} did not come`;
    const isStream = responses.length > requests.length || requests.length > responses.length;
    const found = compareReplies(isStream ? requests : requests.slice(i), recorded, ours);
    if (found !== undefined) return found;
  }
  return undefined;
}

function sayInstead([reply]: readonly HttpMessage[]): string {
  return reply ? "answered, where the original closed the connection" : "no answer within the time";
}

async function converse({ sent, responses }: Conversation, address: string): Promise<HttpMessage[]> {
  const socket = connect(parseAddress(address));
  await once(socket, "connect");
  const wanted = Math.max(1, responses.length);
  const timer = setTimeout(() => socket.destroy(), patience);
  let received = Buffer.alloc(0);
  socket.write(sent);
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      received = Buffer.concat([received, chunk]);
      if (parseMessages(received).length >= wanted) break;
    }
  } catch {
    // A reset is the end of what comes.
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
  return parseMessages(received);
}
