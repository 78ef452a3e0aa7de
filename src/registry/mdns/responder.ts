import { isDeepStrictEqual } from "node:util";
import type { Packet, Place, Question, Resource } from "multicast-dns";
import { type Scheduled, systemClock } from "../../core/time/clock.js";
import { isSamePlace } from "../registration/compare-entry.js";
import type { Entry } from "../wire/group-by-version.js";
import type { Network } from "./network.js";
import {
  domains,
  instanceName,
  listing,
  listingRecords,
  nodeRecords,
  pointer,
  readNodes,
  serviceName,
} from "./records.js";

/** Milliseconds after which a registration is announced again. Source: Go programs. */
const repeats = [1000, 3000];
/** Most announcements of one node to remember. */
const remembered = 8;

class OwnNode {
  readonly entry: Entry;
  /** What this process announced for the node, newest first. Its own packets come back to it, some of them late. */
  readonly announced: readonly Entry[];
  readonly repeats: readonly Scheduled[];
  expiry: Scheduled | undefined;
  /** True once it was announced. */
  isAnnounced = false;
  /** True after another process announced a node with this id. That process answers for it. */
  isSilent = false;

  constructor(entry: Entry, before: readonly Entry[], announce: () => void) {
    this.entry = entry;
    this.announced = [entry, ...before].slice(0, remembered);
    this.repeats = repeats.map((wait) => systemClock.schedule(wait, announce));
  }

  silence(): void {
    this.isSilent = true;
    for (const timer of this.repeats) timer.cancel();
  }

  stop(): void {
    this.silence();
    this.expiry?.cancel();
  }
}

/** Answers mDNS questions about the nodes that this process registered. */
export class Responder {
  readonly #network: Network;
  readonly #own = new Map<string, OwnNode>();

  constructor(network: Network) {
    this.#network = network;
    network.onPacket((packet, from) => {
      if (isQuery(packet)) for (const question of packet.questions ?? []) this.#answer(question, from);
      else if (packet.type === "response") this.#compare(packet);
    });
    // Nobody on the new network has received the announcements.
    network.onChange(() => {
      for (const entry of this.entries) void this.#tryAnnounce(entry);
    });
  }

  /** The nodes that this process answers for. */
  get entries(): Entry[] {
    return [...this.#own.values()].filter(({ isSilent }) => !isSilent).map(({ entry }) => entry);
  }

  /**
   * Announces a node, or renews it. With a `ttl` in milliseconds, it is withdrawn after that unless it is renewed.
   * @throws {MicroError} 400 if it does not fit into DNS records. 503 without a network: it is announced once there is
   * one.
   */
  async add(entry: Entry, ttl: number | undefined): Promise<void> {
    for (const domain of domains) nodeRecords(entry, domain).concat(listingRecords(entry.name, domain));
    const key = keyOf(entry.name, entry.node.id);
    const known = this.#own.get(key);
    const same =
      known !== undefined && !known.isSilent && JSON.stringify(known.entry) === JSON.stringify(entry);
    const own = same
      ? known
      : new OwnNode(entry, known?.announced ?? [], () => void this.#tryAnnounce(entry));
    if (!same) known?.stop();
    own.expiry?.cancel();
    const expire = () => void this.remove(entry.name, entry.node.id);
    own.expiry = ttl === undefined ? undefined : systemClock.schedule(ttl, expire);
    this.#own.set(key, own);
    if (own.isAnnounced) return;
    await this.#announce(entry);
    own.isAnnounced = true;
  }

  /** Says goodbye for a node. An absent node is not an error. */
  async remove(service: string, id: string): Promise<void> {
    const own = this.#own.get(keyOf(service, id));
    if (own === undefined) return;
    const { isSilent } = own;
    own.stop();
    this.#own.delete(keyOf(service, id));
    if (!isSilent) await this.#tryAnnounce(own.entry, { gone: true });
  }

  /** Says goodbye for every node. */
  async close(): Promise<void> {
    const all = [...this.#own.values()];
    await Promise.all(all.map(({ entry: { name, node } }) => this.remove(name, node.id)));
  }

  /**
   * Compares announcements of others with the nodes registered here. The last process to announce a node wins, and
   * answers for it. A goodbye is contradicted at once.
   */
  #compare(packet: Packet): void {
    for (const { entry, gone } of readNodes(packet, anywhere)) {
      const own = this.#own.get(keyOf(entry.name, entry.node.id));
      if (own === undefined) continue;
      if (!gone && !own.announced.some((announced) => isSameEntry(announced, entry))) own.silence();
      if (!gone) continue;
      own.isSilent = false;
      void this.#tryAnnounce(own.entry);
    }
  }

  /** Announces a node. Does nothing without a network. */
  async #tryAnnounce(entry: Entry, options: { gone?: boolean } = {}): Promise<void> {
    await this.#announce(entry, options).catch(() => undefined);
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

  /** Returns the packets that answer `question`: one for each node or service it asks about. */
  #answers({ name, type }: Question, domain: string): Resource[][] {
    const asks = (...types: string[]) => types.includes(type) || type === "ANY";
    if (name === `${listing}.${domain}` && asks("PTR"))
      return [...new Set(this.entries.map((entry) => entry.name))].map((service) =>
        listingRecords(service, domain),
      );
    return this.entries.flatMap((entry) => {
      const instance = instanceName(entry, domain);
      const ofService = name === serviceName(entry.name, domain) && asks("PTR");
      if (!ofService && !(name === instance && asks("SRV", "A", "AAAA", "TXT", "PTR"))) return [];
      const records = nodeRecords(entry, domain);
      return [ofService ? [pointer(name, instance), ...records] : records];
    });
  }
}

/** The sender does not matter when records are compared. */
const anywhere = { address: "127.0.0.1" };

/** True if `received` equals what the records of `own` say. */
function isSameEntry(own: Entry, received: Entry): boolean {
  const [written] = readNodes({ type: "response", answers: nodeRecords(own, domains[0]) }, anywhere);
  const content = (entry: Entry | undefined) => [entry?.version, entry?.endpoints, entry?.node.metadata];
  return (
    isSamePlace(own.node, received.node) && isDeepStrictEqual(content(written?.entry), content(received))
  );
}

/** The AA flag: an authoritative answer. */
const authoritative = 1 << 10;

function isQuery({ type, opcode, rcode, flag_tc }: Packet): boolean {
  return type === "query" && opcode === "QUERY" && rcode === "NOERROR" && flag_tc !== true;
}

function keyOf(service: string, id: string): string {
  return `${service}\n${id}`;
}
