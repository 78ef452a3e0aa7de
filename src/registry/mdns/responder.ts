import type { Packet, Place, Question, Resource } from "multicast-dns";
import { type Scheduled, systemClock } from "../../core/clock.js";
import type { Entry } from "../group.js";
import type { Network } from "./network.js";
import {
  domains,
  instanceName,
  listing,
  listingRecords,
  nodeRecords,
  pointer,
  serviceName,
} from "./records.js";

/** Milliseconds after which a registration is announced again. Source: what Go programs do. */
const repeats = [1000, 3000];

class Own {
  readonly entry: Entry;
  readonly repeats: readonly Scheduled[];
  expiry: Scheduled | undefined;

  constructor(entry: Entry, announce: () => void) {
    this.entry = entry;
    this.repeats = repeats.map((wait) => systemClock.schedule(wait, announce));
  }

  stop(): void {
    for (const timer of this.repeats) timer.cancel();
    this.expiry?.cancel();
  }
}

/** Answers for the nodes that this process registered, as long as they are. */
export class Responder {
  readonly #network: Network;
  readonly #own = new Map<string, Own>();

  constructor(network: Network) {
    this.#network = network;
    network.onPacket((packet, from) => {
      if (isQuery(packet)) for (const question of packet.questions ?? []) this.#answer(question, from);
    });
  }

  /** The nodes registered here. */
  get entries(): Entry[] {
    return [...this.#own.values()].map(({ entry }) => entry);
  }

  /**
   * Announces a node, or renews it. With a `ttl`, in ms, it is withdrawn after that unless renewed.
   * @throws {MicroError} 400 when DNS cannot say it.
   */
  async add(entry: Entry, ttl: number | undefined): Promise<void> {
    for (const domain of domains) nodeRecords(entry, domain).concat(listingRecords(entry.name, domain));
    const key = keyOf(entry.name, entry.node.id);
    const known = this.#own.get(key);
    const same = known !== undefined && JSON.stringify(known.entry) === JSON.stringify(entry);
    const own = same ? known : new Own(entry, () => void this.#announce(entry));
    if (!same) known?.stop();
    own.expiry?.cancel();
    const expire = () => void this.remove(entry.name, entry.node.id);
    own.expiry = ttl === undefined ? undefined : systemClock.schedule(ttl, expire);
    this.#own.set(key, own);
    if (!same) await this.#announce(entry);
  }

  /** Says goodbye for a node; an absent one is no error. */
  async remove(service: string, id: string): Promise<void> {
    const own = this.#own.get(keyOf(service, id));
    if (own === undefined) return;
    own.stop();
    this.#own.delete(keyOf(service, id));
    await this.#announce(own.entry, { gone: true });
  }

  /** Says goodbye for every node. */
  async close(): Promise<void> {
    await Promise.all(this.entries.map(({ name, node }) => this.remove(name, node.id)));
  }

  async #announce(entry: Entry, options: { gone?: boolean } = {}): Promise<void> {
    for (const domain of domains)
      await this.#network.announce({ type: "response", answers: nodeRecords(entry, domain, options) });
  }

  #answer(question: Question, from: Place): void {
    for (const domain of domains)
      for (const answers of this.#answers(question, domain))
        void this.#network.answer({ type: "response", flags: authoritative, answers }, from);
  }

  /** The packets that answer `question`: one for each node or service that it is about. */
  #answers({ name, type }: Question, domain: string): Resource[][] {
    const asks = (...types: string[]) => types.includes(type) || type === "ANY";
    if (name === `${listing}.${domain}` && asks("PTR"))
      return [...new Set(this.entries.map((entry) => entry.name))].map((one) => listingRecords(one, domain));
    return this.entries.flatMap((entry) => {
      const records = nodeRecords(entry, domain);
      const instance = instanceName(entry, domain);
      const service = serviceName(entry.name, domain);
      if (name === service && asks("PTR")) return [[pointer(service, instance), ...records]];
      return name === instance && asks("SRV", "A", "AAAA", "TXT", "PTR") ? [records] : [];
    });
  }
}

/** The flag of an answer by the one who knows. */
const authoritative = 1 << 10;

function isQuery({ type, opcode, rcode, flag_tc }: Packet): boolean {
  return type === "query" && opcode === "QUERY" && rcode === "NOERROR" && flag_tc !== true;
}

function keyOf(service: string, id: string): string {
  return `${service}\n${id}`;
}
