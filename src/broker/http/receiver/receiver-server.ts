import { once } from "node:events";
import type { Server } from "node:http";
import { type AddressInfo, isIP } from "node:net";
import type { Closeable } from "../../../core/closeable.js";
import { MicroError } from "../../../core/errors.js";
import { formatAddress, type HostPort, parseAddress } from "../../../core/net/address.js";
import { advertised, loopback } from "../../../core/net/local-address.js";
import { exclusivePort, sharedByWorkers } from "../../../transport/http/server/exclusive-port.js";
import type { TlsOptions } from "../../../transport/transport.js";
import { type LocalSubscribers, MuxReceiver } from "./mux-receiver.js";
import { createPostServer } from "./post-server.js";

export interface ReceiverServerOptions {
  readonly address?: string;
  readonly advertise?: string;
  readonly tls?: TlsOptions;
}

/** Milliseconds for running handlers to acknowledge when the port closes. */
const closing = 5000;

/** The port on which subscribers receive. Bound by `open`. */
export class ReceiverServer implements Closeable {
  readonly #options: ReceiverServerOptions;
  readonly #server: Server;
  readonly #mux: MuxReceiver;
  #opening: Promise<void> | undefined;
  #bound: HostPort | undefined;

  constructor(subscribers: LocalSubscribers, options: ReceiverServerOptions) {
    this.#options = options;
    const { host } = parseAddress(options.advertise ?? "", 0);
    const hosts = new Set([host.toLowerCase()]);
    const tls = options.tls?.cert === undefined ? undefined : options.tls;
    this.#server = createPostServer(subscribers.receive, { tls, hosts });
    this.#mux = new MuxReceiver(this.#server, subscribers, hosts);
  }

  /** The bound `host:port`. Empty before. */
  get address(): string {
    return this.#bound ? formatAddress(this.#bound) : "";
  }

  /** The address to register for publishers. */
  get advertised(): HostPort {
    return advertised(this.#bound ?? { host: "", port: 0 }, this.#options.advertise);
  }

  /** @throws {MicroError} 500 (ADDRESS_IN_USE, IO_ERROR) if the address is taken, or is not one of this machine. */
  open(): Promise<void> {
    this.#opening ??= this.#listen().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #listen(): Promise<void> {
    const { host, port } = parseAddress(this.#options.address ?? loopback(0), 0);
    try {
      this.#server.listen({ port, ...exclusivePort, ...(host === "" ? {} : { host }) });
      await once(this.#server, "listening");
    } catch (error) {
      throw cannotListen(formatAddress({ host, port }), error);
    }
    const bound = this.#server.address() as AddressInfo;
    this.#bound = { host: isIP(host) === 0 ? bound.address : host, port: bound.port };
  }

  async close(): Promise<void> {
    if (!this.#bound) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    const cutOff = setTimeout(() => this.#server.closeAllConnections(), closing);
    this.#server.closeIdleConnections();
    await this.#mux.drain(closing);
    await closed;
    clearTimeout(cutOff);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Not a 503: a retry would not help. */
function cannotListen(address: string, cause: unknown): MicroError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const taken = code === "EADDRINUSE";
  const reason = taken ? "ADDRESS_IN_USE" : "IO_ERROR";
  const why = taken ? `address in use${sharedByWorkers()}` : message;
  const detail = `broker: listen on "${address}": ${why}`;
  return new MicroError("go.micro.broker", 500, detail, { cause, reason });
}
