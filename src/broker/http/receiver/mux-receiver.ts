import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { MicroError } from "../../../core/errors.js";
import type { Log } from "../../../core/log/log.js";
import type { Message } from "../../../core/message.js";
import { formatAddress } from "../../../core/net/address.js";
import { systemClock } from "../../../core/time/clock.js";
import { ConcurrencyLimit } from "../../../transport/concurrency-limit.js";
import { checkRequest as refusalOf } from "../../../transport/http/server/check-request.js";
import { takeUpgrades } from "../../../transport/http/server/take-upgrades.js";
import type { UpgradedConnection } from "../../../transport/http/wire/upgrade.js";
import { mux } from "../../../transport/mux/mux.js";
import type { TransportHandler } from "../../../transport/transport.js";
import { gone } from "../../fan-out.js";
import { InFlight } from "../../in-flight.js";
import { readOpening } from "../feed/feed-message.js";
import { FeedReader, type Receiver } from "../feed/feed-reader.js";
import { acknowledgement, notSubscribed, readAddressed, refusal } from "../wire/mux-message.js";
import type { Receive } from "./post-server.js";

/** Most handlers that run on the port. Further messages of queues are refused, those of feeds wait. */
const maxInFlight = 10_000;

/** The subscribers of this process, for publishers that reach them through its port. */
export interface LocalSubscribers {
  /** Unique name of the port. */
  readonly name: string;
  readonly receive: Receive;
  /** Returns the subscribers of a topic without a queue. */
  readonly broadcast: (topic: string) => readonly Receiver[];
  /** Returns the error that a publisher gets for what a subscriber threw. */
  readonly publisherError: (topic: string, error: unknown) => MicroError;
  /** Milliseconds for a handler to acknowledge. */
  readonly ackWait: number;
  readonly log: Log;
}

/** The mux side of a receiving port: publishers of this toolkit upgrade to it. */
export class MuxReceiver {
  readonly #handler: TransportHandler;
  readonly #limit: ConcurrencyLimit;
  readonly #hosts: ReadonlySet<string>;
  readonly #logUnexpected: (error: unknown) => void;
  readonly #sessions = new Set<UpgradedConnection>();

  constructor(server: Server, subscribers: LocalSubscribers, hosts: ReadonlySet<string>) {
    const { broadcast: receivers, publisherError, ackWait } = subscribers;
    const options = { receivers, publisherError, inFlight: new InFlight(), maxInFlight, ackWait };
    this.#handler = {
      opensStream: () => true,
      call: (message) => answer(message, subscribers.receive),
      async stream(opening, stream) {
        const port = readOpening(opening);
        if (port !== subscribers.name) throw gone(port);
        await new FeedReader(stream, options).read();
      },
    };
    this.#limit = new ConcurrencyLimit(this.#handler, maxInFlight);
    this.#hosts = hosts;
    this.#logUnexpected = (err) => subscribers.log.error({ err }, "request failed unexpectedly");
    takeUpgrades(server, mux.token, (request, socket, head) => this.#upgrade(request, socket, head));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    if (refusalOf(request, this.#hosts)) {
      socket.end("HTTP/1.1 426 Upgrade Required\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    const { remoteAddress: host = "", remotePort: port = 0 } = request.socket;
    const remote = formatAddress({ host, port });
    const session = mux.accept(socket, head, {
      handler: this.#handler,
      limit: this.#limit,
      logUnexpected: this.#logUnexpected,
      remote,
    });
    this.#sessions.add(session);
    const forget = () => this.#sessions.delete(session);
    session.closed.then(forget, forget);
  }

  /** Accepts no more, and closes when everything is answered, at the latest after `timeout` milliseconds. */
  async drain(timeout: number): Promise<void> {
    const sessions = [...this.#sessions];
    const cut = systemClock.schedule(timeout, () => {
      for (const session of sessions) void session.close();
    });
    await Promise.allSettled(sessions.map((session) => session.drain()));
    cut.cancel();
  }
}

async function answer(call: Message, receive: Receive): Promise<Message> {
  const { topic, subscriber, message } = readAddressed(call);
  try {
    return (await receive(subscriber, topic, message)) ? acknowledgement : notSubscribed;
  } catch (error) {
    return refusal(MicroError.from(error, "go.micro.broker"));
  }
}
