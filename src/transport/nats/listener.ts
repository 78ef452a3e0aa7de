import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import type { Subscription } from "@nats-io/transport-node";
import type { Abortable } from "../../core/closeable.js";
import { unavailable } from "../../core/errors.js";
import { silent } from "../../core/log/log.js";
import { formatAddress, parseAddress } from "../../core/net/address.js";
import { ConcurrencyLimit } from "../concurrency-limit.js";
import { containedHandler } from "../contained-handler.js";
import { Serving } from "../mux/calls/serving.js";
import type { Listener, ListenOptions, TransportHandler } from "../transport.js";
import { acceptPipe, nodeSubject } from "./handshake.js";
import type { SharedNatsConnection } from "./nats-connection.js";
import type { NatsDuplex } from "./nats-duplex.js";

/** The port of a generated address. Nothing listens on it: only the host is significant. */
const anyPort = 4222;

/** A node on a NATS cluster. Each request on its subject opens a pipe. */
export class NatsListener implements Listener {
  readonly #link: SharedNatsConnection;
  readonly #handler: TransportHandler;
  readonly #limit: ConcurrencyLimit;
  readonly #logUnexpected: (error: unknown) => void;
  readonly #opened: (pipe: NatsDuplex) => void;
  readonly #sessions = new Set<Serving>();
  #subscription: Subscription | undefined;
  #address = "";

  constructor(
    link: SharedNatsConnection,
    handler: TransportHandler,
    options: ListenOptions,
    opened: (pipe: NatsDuplex) => void,
  ) {
    this.#link = link;
    const { log = silent } = options;
    this.#logUnexpected = (err) => log.error({ err }, "request failed unexpectedly");
    this.#handler = containedHandler(handler);
    this.#limit = new ConcurrencyLimit(this.#handler, options.maxCalls ?? 1024);
    this.#opened = opened;
  }

  get address(): string {
    return this.#address;
  }

  /** Port 0 generates a unique address. @throws {MicroError} 503 when the address is taken. */
  async open(address: string): Promise<void> {
    const { host, port } = parseAddress(address);
    const given = port === 0 ? { host: `n${randomBytes(8).toString("hex")}`, port: anyPort } : { host, port };
    this.#address = formatAddress(given);
    const connection = await this.#link.open();
    const taken = await connection.request(nodeSubject(this.#address), "", { timeout: 200 }).then(
      () => true,
      () => false,
    );
    if (taken)
      throw unavailable("go.micro.server", `listen on "${this.#address}" over nats: address in use`, {
        reason: "ADDRESS_IN_USE",
      });
    this.#subscription = connection.subscribe(nodeSubject(this.#address), {
      callback: (error, message) => {
        if (!error) void this.#accept(message);
      },
    });
    await this.#link.flush();
  }

  async #accept(message: Parameters<typeof acceptPipe>[1]): Promise<void> {
    // An empty request comes from a node that checks whether the address is taken.
    if (message.data.length === 0) return void message.respond();
    const pipe = await acceptPipe(this.#link, message).catch(() => undefined);
    if (!pipe) return;
    this.#opened(pipe);
    const session = new Serving(asSocket(pipe), this.#handler, {
      limit: this.#limit,
      logUnexpected: this.#logUnexpected,
    });
    pipe.once("close", () => this.#sessions.delete(session));
    this.#sessions.add(session);
  }

  async drain(options: Abortable = {}): Promise<void> {
    const sessions = [...this.#sessions].map((session) => session.drain(options));
    await Promise.all([this.#limit.drain(options), ...sessions, this.#unsubscribe()]);
  }

  async #unsubscribe(): Promise<void> {
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    await this.#link.flush().catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#unsubscribe();
    await Promise.all([...this.#sessions].map((session) => session.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Casts a pipe to a socket: it has all members of one that mux uses. */
export function asSocket(pipe: NatsDuplex): Socket {
  return pipe as unknown as Socket;
}
