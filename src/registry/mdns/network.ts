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
  /** IPv4 address of the interface to speak on; default the one of the default route, and without one loopback. */
  readonly interface?: string;
  /** Port of mDNS, 5353; tests take another. */
  readonly port: number;
  readonly log: Log;
}

/**
 * The two sockets of mDNS: one that shares its port with every other program and hears the group, one of our own from
 * which to ask, because Go programs answer to the port of the question. It opens without a network, and follows
 * interfaces and addresses as they come and go.
 */
export class Network {
  readonly #options: NetworkOptions;
  readonly #hearing: MulticastDns;
  readonly #asking: MulticastDns;
  readonly #group: Place;
  readonly #membership: GroupMembership;
  readonly #listeners = new Set<() => void>();
  #closed = false;

  /** @throws {MicroError} 500 BACKEND_MISSING when the optional package is not installed; 503 when there is no socket. */
  static async open(options: NetworkOptions): Promise<Network> {
    const { default: multicastDns } = await import("multicast-dns").catch(missing("multicast-dns"));
    const hearing = createSocket({ type: "udp4", reuseAddr: true });
    const asking = createSocket({ type: "udp4" });
    try {
      await bind(hearing, options.port);
      await bind(asking, 0);
    } catch (error) {
      hearing.close();
      asking.close();
      throw cannotOpen(options.port, error);
    }
    const network = new Network(options, { hearing, asking }, (socket) =>
      multicastDns({ socket, port: 0, multicast: false }),
    );
    await network.#membership.open();
    return network;
  }

  private constructor(
    options: NetworkOptions,
    { hearing, asking }: { readonly hearing: Socket; readonly asking: Socket },
    speak: (socket: Socket) => MulticastDns,
  ) {
    this.#options = options;
    this.#hearing = speak(hearing);
    this.#asking = speak(asking);
    this.#group = { address: groupAddress, port: options.port };
    this.#membership = new GroupMembership(hearing, [hearing, asking], {
      group: groupAddress,
      port: options.port,
      interface: options.interface,
      changed: () => {
        options.log.info({}, "the network changed: announcing and asking again over mDNS");
        for (const listener of this.#listeners) listener();
      },
    });
    const warn = (error: Error) => options.log.debug({ err: error }, "mDNS packet or interface failed");
    for (const socket of [this.#hearing, this.#asking]) {
      socket.setMaxListeners(0);
      socket.on("warning", warn).on("error", warn);
    }
  }

  /** Calls `changed` when an interface or an address is new, until the returned function is called. */
  onChange(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  /** Hears every packet of the group, and the place that it came from, until the returned function is called. */
  onPacket(heard: (packet: Packet, from: Place) => void): () => void {
    this.#hearing.on("packet", heard);
    return () => this.#hearing.off("packet", heard);
  }

  /**
   * Asks the group each of `questions`, and hears the answers for `during` ms.
   * @throws {MicroError} 503 when no question could be sent: there is no network.
   */
  async ask(
    questions: readonly Question[],
    during: number,
    heard: (answer: Packet, from: Place) => void,
  ): Promise<void> {
    const queries = questions.map((question) => ({
      id: randomInt(65_536),
      type: "query" as const,
      questions: [question],
    }));
    this.#asking.on("response", heard);
    try {
      const sent = queries.map((query) => this.#send(this.#asking, query, this.#group));
      const errors = await Promise.all(sent);
      const [first] = errors;
      if (first && !errors.includes(undefined)) throw noNetwork(first);
      await sleep(during);
    } finally {
      this.#asking.off("response", heard);
    }
  }

  /** Sends `packet` to one place. */
  async answer(packet: Packet, to: Place): Promise<void> {
    await this.#send(this.#hearing, packet, to);
  }

  /** Sends `packet` to the group. @throws {MicroError} 503 when there is no network. */
  async announce(packet: Packet): Promise<void> {
    const error = await this.#send(this.#hearing, packet, this.#group);
    if (error) throw noNetwork(error);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#membership.close();
    const destroy = (socket: MulticastDns) => new Promise<void>((resolve) => socket.destroy(resolve));
    await Promise.all([destroy(this.#hearing), destroy(this.#asking)]);
  }

  /** Resolves with the error when it was not sent. */
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

/** Not one socket for all workers of a cluster: each is to hear every packet, and the answers to its own questions. */
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
  return unavailable("go.micro.registry", detail, { reason: "REGISTRY_UNREACHABLE", cause: error });
}
