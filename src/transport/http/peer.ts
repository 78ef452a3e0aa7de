import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { formatAddress } from "../../core/address.js";
import { nodeLost } from "../../core/errors.js";
import type { Message } from "../../core/message.js";
import { Queue } from "../queue.js";
import type { TransportHandler } from "../transport.js";
import { refusal } from "./admission.js";
import { onBody } from "./body.js";
import { readHeader } from "./header.js";
import { HttpInbound } from "./inbound.js";
import { Inflow } from "./inflow.js";
import { refuse, reply } from "./response.js";
import { HttpServerStream } from "./server-stream.js";

/** A request and the place for its reply, as Node hands them out. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * One connection of a caller. Requests are taken one after the other; once one opens a stream, all that follow on the
 * connection are messages of that stream.
 */
export class Peer {
  readonly socket: Socket;
  readonly #handler: TransportHandler;
  readonly #hosts: ReadonlySet<string>;
  readonly #remote: string;
  readonly #waiting = new Queue<Exchange>();
  readonly #inbound = new Set<HttpInbound>();
  readonly #inflow: Inflow;
  #reading = false;
  #stream: HttpServerStream | undefined;

  constructor(socket: Socket, handler: TransportHandler, hosts: ReadonlySet<string>) {
    this.socket = socket;
    this.#inflow = new Inflow(socket, this.#waiting);
    this.#handler = handler;
    this.#hosts = hosts;
    this.#remote = formatAddress({ host: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 });
    socket.on("close", () => this.#onClose());
  }

  /** True when the connection rests because the handler of its stream reads slower than the caller writes. */
  get holdsBack(): boolean {
    return this.#stream !== undefined && this.#inflow.rests;
  }

  take(exchange: Exchange): void {
    this.#waiting.push(exchange);
    if (this.#stream) this.#inflow.check();
    else if (!this.#reading) this.#readNext();
  }

  #readNext(): void {
    const next = this.#waiting.shift();
    this.#reading = next !== undefined;
    if (next) this.#read(next);
  }

  #read({ request, response }: Exchange): void {
    const problem = refusal(request, this.#hosts);
    if (problem) {
      refuse(request, response, problem);
      this.#readNext();
      return;
    }
    onBody(request, (error, body) => {
      if (error) refuse(request, response, error);
      else this.#serve({ header: readHeader(request.rawHeaders), body }, response);
      if (!this.#stream) this.#readNext();
    });
  }

  #serve(message: Message, response: ServerResponse): void {
    if (this.#handler.opensStream(message)) {
      this.#open(message, response);
      return;
    }
    const inbound = this.#arrive();
    this.#handler.call(message, inbound).then(
      (answer) => {
        this.#inbound.delete(inbound);
        reply(response, answer);
      },
      () => response.destroy(),
    );
  }

  #open(opening: Message, response: ServerResponse): void {
    const inbound = this.#arrive();
    const stream = new HttpServerStream(this.socket, this.#waiting, this.#inflow);
    this.#stream = stream;
    stream.release(response);
    const done = () => {
      this.#inbound.delete(inbound);
      return stream.close();
    };
    this.#handler.stream(opening, stream, inbound).then(done, done);
  }

  #arrive(): HttpInbound {
    const inbound = new HttpInbound(this.#remote);
    this.#inbound.add(inbound);
    return inbound;
  }

  #onClose(): void {
    const left = nodeLost("go.micro.server", "caller left");
    for (const inbound of this.#inbound) inbound.abort(left);
    this.#waiting.end();
  }
}
