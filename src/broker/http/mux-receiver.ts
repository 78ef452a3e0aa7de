import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { formatAddress } from "../../core/address.js";
import { MicroError } from "../../core/errors.js";
import type { Message } from "../../core/message.js";
import { Gate } from "../../transport/gate.js";
import { refusal as refusalOf } from "../../transport/http/admission.js";
import type { Session } from "../../transport/http/upgrade.js";
import { mux } from "../../transport/mux/mux.js";
import type { TransportHandler } from "../../transport/transport.js";
import { acknowledgement, nobody, readAddressed, refusal } from "./mux-message.js";
import type { Receive } from "./receiver.js";

/** Handlers under way on the port; a further message is refused. */
const maxCalls = 10_000;

/** The mux side of a receiving port: what publishers of ours upgrade to. */
export class MuxReceiver {
  readonly #handler: TransportHandler;
  readonly #gate: Gate;
  readonly #hosts: ReadonlySet<string>;
  readonly #sessions = new Set<Session>();

  constructor(server: Server, receive: Receive, hosts: ReadonlySet<string>) {
    this.#handler = {
      opensStream: () => false,
      call: (message) => answer(message, receive),
      stream: (_opening, stream) => stream.close(),
    };
    this.#gate = new Gate(this.#handler, maxCalls);
    this.#hosts = hosts;
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    if (refusalOf(request, this.#hosts) || request.headers.upgrade?.toLowerCase() !== mux.token) {
      socket.end("HTTP/1.1 426 Upgrade Required\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    const { remoteAddress: host = "", remotePort: port = 0 } = request.socket;
    const remote = formatAddress({ host, port });
    const session = mux.accept(socket, head, { handler: this.#handler, gate: this.#gate, remote });
    this.#sessions.add(session);
    const forget = () => this.#sessions.delete(session);
    session.closed.then(forget, forget);
  }

  /** Takes no more, and closes when what is under way is answered, or after `timeout` ms. */
  async drain(timeout: number): Promise<void> {
    const sessions = [...this.#sessions];
    const cut = setTimeout(() => {
      for (const session of sessions) void session.close();
    }, timeout);
    await Promise.allSettled(sessions.map((session) => session.drain()));
    clearTimeout(cut);
  }
}

async function answer(call: Message, receive: Receive): Promise<Message> {
  const { topic, subscriber, message } = readAddressed(call);
  try {
    return (await receive(subscriber, topic, message)) ? acknowledgement : nobody;
  } catch (error) {
    return refusal(MicroError.from(error, "go.micro.broker"));
  }
}
