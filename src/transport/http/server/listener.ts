import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Abortable } from "../../../core/closeable.js";
import { MicroError, unavailable } from "../../../core/errors.js";
import { silent } from "../../../core/log/log.js";
import { formatAddress, parseAddress } from "../../../core/net/address.js";
import { ConcurrencyLimit } from "../../concurrency-limit.js";
import { containedHandler } from "../../contained-handler.js";
import { serverTls } from "../../tls.js";
import type { Listener, ListenOptions, TransportHandler } from "../../transport.js";
import { backlog, keepAlive, maxCalls, maxConnections, maxHead, maxHeaders } from "../wire/limits.js";
import type { Upgrade, UpgradedConnection } from "../wire/upgrade.js";
import { checkRequest } from "./check-request.js";
import { exclusivePort, sharedByWorkers } from "./exclusive-port.js";
import { KnownHeaders } from "./known-headers.js";
import { parserError } from "./parser-error.js";
import { type Callee, Peer } from "./peer.js";
import { pendingResponsesOn } from "./pending-responses.js";
import { takeUpgrades } from "./take-upgrades.js";
import { TickQueue } from "./tick-queue.js";

const serverOptions = {
  maxHeaderSize: maxHead,
  keepAliveTimeout: keepAlive,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5000,
  noDelay: true,
  joinDuplicateHeaders: false,
  requireHostHeader: false, // Node would answer 400 without a body
};

interface Upgrading {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** Serves HTTP calls on one port with Node's HTTP server, and passes upgraded sockets to the second protocol. */
export class HttpListener implements Listener {
  readonly #server: Server;
  readonly #callee: Callee;
  readonly #upgrade: Upgrade | undefined;
  readonly #peers = new Map<Socket, Peer>();
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<UpgradedConnection>();
  #address = "";
  #closing: Promise<void> | undefined;

  constructor(handler: TransportHandler, options: ListenOptions, upgrade?: Upgrade) {
    const contained = containedHandler(handler);
    const { log = silent } = options;
    this.#callee = {
      handler: contained,
      limit: new ConcurrencyLimit(contained, options.maxCalls ?? maxCalls),
      logUnexpected: (err) => log.error({ err }, "request failed unexpectedly"),
      hosts: new Set(options.hosts?.map((host) => host.toLowerCase())),
      headers: new KnownHeaders(),
      tickQueue: new TickQueue((peer) => peer.readOn()),
    };
    this.#upgrade = upgrade;
    const { tls } = options;
    this.#server = tls
      ? createTlsServer({ ...serverOptions, ...serverTls(tls) })
      : createServer(serverOptions);
    this.#server.maxHeadersCount = maxHeaders + 1;
    this.#server.maxConnections = maxConnections;
    this.#wire(tls ? "secureConnection" : "connection");
  }

  get address(): string {
    return this.#address;
  }

  /**
   * Binds a port that only this process uses, because the registry names it.
   * @throws {MicroError} 503 when the port is taken, or the address does not belong to this machine.
   */
  async bind(address: string): Promise<void> {
    const { host, port } = parseAddress(address);
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (error) => reject(notBound(address, error)));
      this.#server.listen({ port, backlog, ...exclusivePort, ...(host === "" ? {} : { host }) }, resolve);
    });
    const bound = this.#server.address() as AddressInfo;
    this.#address = formatAddress({ host: bound.address, port: bound.port });
  }

  async drain(options: Abortable = {}): Promise<void> {
    const sessions = [...this.#sessions].map((session) => session.drain(options));
    await Promise.all([this.#callee.limit.drain(options), ...sessions]);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await Promise.all([...this.#sessions].map((session) => session.close()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #wire(connection: "connection" | "secureConnection"): void {
    const server = this.#server;
    const upgrade = this.#upgrade;
    if (upgrade)
      takeUpgrades(server, upgrade.token, (request, socket, head) =>
        this.#onUpgrade(upgrade, { request, socket, head }),
      );
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.on(connection, (socket: Socket) => {
      this.#peers.set(socket, new Peer(socket, this.#callee));
      socket.once("close", () => this.#peers.delete(socket));
    });
    for (const event of ["request", "checkExpectation"])
      server.on(event, (request: IncomingMessage, response: ServerResponse) => {
        response.sendDate = false;
        this.#peers.get(request.socket)?.accept({ request, response });
      });
    server.on("clientError", (error, socket) => this.#onClientError(error, socket));
  }

  #onUpgrade(upgrade: Upgrade, { request, socket, head }: Upgrading): void {
    const { handler, limit, hosts, logUnexpected } = this.#callee;
    const problem = checkRequest(request, hosts);
    if (problem) {
      answer(socket, problem);
      return;
    }
    const { remoteAddress: host = "", remotePort: port = 0 } = request.socket;
    const remote = formatAddress({ host, port });
    const session = upgrade.accept(socket, head, { handler, remote, limit, logUnexpected });
    this.#sessions.add(session);
    const forget = () => this.#sessions.delete(session);
    session.closed.then(forget, forget);
  }

  #onClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
    const peer = this.#peers.get(socket as Socket);
    if (error.code === "ERR_HTTP_REQUEST_TIMEOUT" && peer?.holdsBack) return;
    if (error.code === "ECONNRESET") {
      socket.destroy();
      return;
    }
    const { code } = parserError(error, "go.micro.server");
    pendingResponsesOn(socket).end(socket, () =>
      answer(socket, new MicroError("go.micro.server", code, `read request: ${error.message}`)),
    );
  }
}

/** Writes an error directly to the socket, where Node has no response object, and closes the connection. */
function answer(socket: Duplex, error: MicroError): void {
  const body = JSON.stringify(error);
  const head = `HTTP/1.1 ${error.code} ${error.status}\r\nConnection: close\r\nContent-Type: application/json\r\n`;
  socket.on("error", () => socket.destroy());
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, () => socket.destroy());
}

function notBound(address: string, cause: NodeJS.ErrnoException): MicroError {
  const taken = cause.code === "EADDRINUSE";
  const detail = `listen on "${address}": ${cause.message}${taken ? sharedByWorkers() : ""}`;
  return unavailable("go.micro.server", detail, { cause, reason: taken ? "ADDRESS_IN_USE" : "IO_ERROR" });
}
