import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { networkInterfaces } from "node:os";
import type { MulticastDns, Packet, Place, Question } from "multicast-dns";
import { sleep } from "../../core/clock.js";
import { unavailable } from "../../core/errors.js";
import type { Log } from "../../core/log.js";
import { loadOptional } from "../../core/optional.js";

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
 * which to ask, because Go programs answer to the port of the question.
 */
export class Network {
  readonly #options: NetworkOptions;
  readonly #hearing: MulticastDns;
  readonly #asking: MulticastDns;
  readonly #group: Place;
  #closed = false;

  /** @throws {MicroError} 500 BACKEND_MISSING when the optional package is not installed; 503 when there is no socket. */
  static async open(options: NetworkOptions): Promise<Network> {
    const { default: multicastDns } = await loadOptional("multicast-dns", () => import("multicast-dns"));
    const address = options.interface ?? (hasNetwork() ? undefined : "127.0.0.1");
    const asking = createSocket({ type: "udp4" });
    await new Promise<void>((resolve) => asking.bind(0, () => resolve()));
    if (address !== undefined) asking.setMulticastInterface(address);
    const hearing = { port: options.port, interface: address, bind: "0.0.0.0", ttl: 1 };
    const network = new Network(
      options,
      multicastDns(hearing),
      multicastDns({ socket: asking, port: 0, multicast: false }),
    );
    await network.#ready();
    return network;
  }

  private constructor(options: NetworkOptions, hearing: MulticastDns, asking: MulticastDns) {
    this.#options = options;
    this.#hearing = hearing;
    this.#asking = asking;
    hearing.setMaxListeners(0);
    asking.setMaxListeners(0);
    this.#group = { address: groupAddress, port: options.port };
    const warn = (error: Error) => options.log.debug({ err: error }, "mDNS packet or interface failed");
    for (const socket of [hearing, asking]) socket.on("warning", warn).on("error", warn);
  }

  /** Hears every packet of the group, and the place that it came from, until the returned function is called. */
  onPacket(heard: (packet: Packet, from: Place) => void): () => void {
    this.#hearing.on("packet", heard);
    return () => this.#hearing.off("packet", heard);
  }

  /** Asks the group each of `questions`, and hears the answers for `during` ms. */
  async ask(
    questions: readonly Question[],
    during: number,
    heard: (answer: Packet, from: Place) => void,
  ): Promise<void> {
    this.#asking.on("response", heard);
    const queries = questions.map((question) => ({
      id: randomInt(65_536),
      type: "query" as const,
      questions: [question],
    }));
    await Promise.all(queries.map((query) => this.#send(this.#asking, query, this.#group)));
    await sleep(during);
    this.#asking.off("response", heard);
  }

  /** Sends `packet` to one place. */
  async answer(packet: Packet, to: Place): Promise<void> {
    await this.#send(this.#hearing, packet, to);
  }

  /** Sends `packet` to the group. */
  async announce(packet: Packet): Promise<void> {
    await this.#send(this.#hearing, packet, this.#group);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const destroy = (socket: MulticastDns) => new Promise<void>((resolve) => socket.destroy(resolve));
    await Promise.all([destroy(this.#hearing), destroy(this.#asking)]);
  }

  #send(socket: MulticastDns, packet: Packet, to: Place): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      socket.send(packet, to, (error) => {
        if (error) this.#options.log.debug({ err: error }, "mDNS packet not sent");
        resolve();
      });
    });
  }

  #ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#hearing.once("networkInterface", resolve);
      this.#hearing.once("error", (error: Error) => {
        void this.close();
        const detail = `open mDNS on port ${this.#options.port}: ${error.message}`;
        reject(unavailable("go.micro.registry", detail, { reason: "REGISTRY_UNREACHABLE", cause: error }));
      });
    });
  }
}

function hasNetwork(): boolean {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.some(({ family, internal }) => family === "IPv4" && !internal);
}
