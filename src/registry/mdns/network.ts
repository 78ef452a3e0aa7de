import { randomInt } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { MulticastDns, Packet, Place, Question } from "multicast-dns";
import { type MicroError, unavailable } from "../../core/errors.js";
import type { Log } from "../../core/log/log.js";
import { missing } from "../../core/optional-packages.js";
import { sleep } from "../../core/time/clock.js";
import { GroupMembership } from "./membership.js";

const groupAddress = "224.0.0.251";

export interface NetworkOptions {
  /** IPv4 address of the interface to use. Default: that of the default route, or loopback without one. */
  readonly interface?: string;
  /** UDP port: 5353, except in tests. */
  readonly port: number;
  readonly log: Log;
}

/**
 * The two sockets of mDNS. One shares its port with every other program and receives what is sent to the group.
 * Questions are sent from the other, because Go programs answer to the port they come from. Opens without a network,
 * and follows interfaces and addresses as they come and go.
 */
export class Network {
  readonly #options: NetworkOptions;
  readonly #groupSocket: MulticastDns;
  readonly #querySocket: MulticastDns;
  readonly #group: Place;
  readonly #membership: GroupMembership;
  readonly #listeners = new Set<() => void>();
  #closed = false;

  /**
   * @throws {MicroError} 500 BACKEND_MISSING if the optional package is not installed. 503 if no socket can be opened.
   */
  static async open(options: NetworkOptions): Promise<Network> {
    const { default: multicastDns } = await import("multicast-dns").catch(missing("multicast-dns"));
    const groupSocket = createSocket({ type: "udp4", reuseAddr: true });
    const querySocket = createSocket({ type: "udp4" });
    try {
      await bind(groupSocket, options.port);
      await bind(querySocket, 0);
    } catch (error) {
      groupSocket.close();
      querySocket.close();
      throw cannotOpen(options.port, error);
    }
    const network = new Network(options, { groupSocket, querySocket }, (socket) =>
      multicastDns({ socket, port: 0, multicast: false }),
    );
    await network.#membership.open();
    return network;
  }

  private constructor(
    options: NetworkOptions,
    { groupSocket, querySocket }: { readonly groupSocket: Socket; readonly querySocket: Socket },
    speak: (socket: Socket) => MulticastDns,
  ) {
    this.#options = options;
    this.#groupSocket = speak(groupSocket);
    this.#querySocket = speak(querySocket);
    this.#group = { address: groupAddress, port: options.port };
    this.#membership = new GroupMembership(groupSocket, [groupSocket, querySocket], {
      group: groupAddress,
      port: options.port,
      interface: options.interface,
      changed: () => {
        options.log.info({}, "the network changed: announcing and querying again over mDNS");
        for (const listener of this.#listeners) listener();
      },
    });
    const warn = (error: Error) => options.log.debug({ err: error }, "mDNS packet or interface failed");
    for (const socket of [this.#groupSocket, this.#querySocket]) {
      socket.setMaxListeners(0);
      socket.on("warning", warn).on("error", warn);
    }
  }

  /** Calls `changed` when an interface or address is new, until the returned function is called. */
  onChange(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  /** Passes every packet sent to the group, with its sender, to `receive`, until the returned function is called. */
  onPacket(receive: (packet: Packet, from: Place) => void): () => void {
    this.#groupSocket.on("packet", receive);
    return () => this.#groupSocket.off("packet", receive);
  }

  /**
   * Sends each of `questions` to the group, and passes the answers to `receive` for `during` milliseconds.
   * @throws {MicroError} 503 if no question could be sent, because there is no network.
   */
  async ask(
    questions: readonly Question[],
    during: number,
    receive: (answer: Packet, from: Place) => void,
  ): Promise<void> {
    const queries = questions.map((question) => ({
      id: randomInt(65_536),
      type: "query" as const,
      questions: [question],
    }));
    this.#querySocket.on("response", receive);
    try {
      const sent = queries.map((query) => this.#send(this.#querySocket, query, this.#group));
      const errors = await Promise.all(sent);
      const [first] = errors;
      if (first && !errors.includes(undefined)) throw noNetwork(first);
      await sleep(during);
    } finally {
      this.#querySocket.off("response", receive);
    }
  }

  /** Sends `packet` to one address. */
  async answer(packet: Packet, to: Place): Promise<void> {
    await this.#send(this.#groupSocket, packet, to);
  }

  /** Sends `packet` to the group. @throws {MicroError} 503 if there is no network. */
  async announce(packet: Packet): Promise<void> {
    const error = await this.#send(this.#groupSocket, packet, this.#group);
    if (error) throw noNetwork(error);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#membership.close();
    const destroy = (socket: MulticastDns) => new Promise<void>((resolve) => socket.destroy(resolve));
    await Promise.all([destroy(this.#groupSocket), destroy(this.#querySocket)]);
  }

  /** Resolves with the error if the packet was not sent. */
  #send(socket: MulticastDns, packet: Packet, to: Place): Promise<Error | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    if (to === this.#group && !this.#membership.canSend) return Promise.resolve(new Error("ENETUNREACH"));
    return new Promise((resolve) => {
      socket.send(packet, to, (error) => {
        if (error) this.#options.log.debug({ err: error }, "mDNS packet not sent");
        resolve(error ?? undefined);
      });
    });
  }
}

/**
 * Exclusive, so that cluster workers do not share the socket: each must receive every packet, and the answers to its
 * own questions.
 */
async function bind(socket: Socket, port: number): Promise<void> {
  socket.bind({ port, address: "0.0.0.0", exclusive: true });
  await once(socket, "listening");
}

function cannotOpen(port: number, error: unknown): MicroError {
  const { message } = error as Error;
  return unavailable("go.micro.registry", `open mDNS on port ${port}: ${message}`, {
    reason: "REGISTRY_UNREACHABLE",
    cause: error,
  });
}

function noNetwork(error: Error): MicroError {
  const detail = `mDNS: this machine has no network interface with an IPv4 address to send on: ${error.message}`;
  const backend = { name: "mdns" };
  return unavailable("go.micro.registry", detail, { reason: "REGISTRY_UNREACHABLE", backend, cause: error });
}
