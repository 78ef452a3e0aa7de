import type { Packet, Place } from "multicast-dns";
import { sleep } from "../../core/clock.js";
import { type Entry, group } from "../group.js";
import type { Change, WatchOptions } from "../registry.js";
import { Snapshot } from "../snapshot.js";
import type { Network } from "./network.js";
import { domains, type Heard, listing, readListing, readNodes, serviceName } from "./records.js";

/** Milliseconds between the first rounds of questions, closer together than later, since packets get lost. */
const early = [200, 1000];
/** Rounds that a node may leave unanswered: nobody says goodbye for a process that was killed. */
const patience = 3;
const maxNodes = 10_000;

/** A node, when it was heard of last, and how many rounds it left unanswered since. */
interface Known {
  readonly entry: Entry;
  readonly heard: number;
  silent: number;
}

/** Follows one service, or all, by what is announced and by asking from time to time. */
export class MdnsWatch {
  readonly #network: Network;
  readonly #service: string | undefined;
  readonly #collect: number;
  readonly #period: number;
  readonly #push: (change: Change) => void;
  readonly #snapshot = new Snapshot();
  readonly #nodes = new Map<string, Map<string, Known>>();

  constructor(
    network: Network,
    options: WatchOptions & { readonly collect: number; readonly period: number },
    push: (change: Change) => void,
  ) {
    this.#network = network;
    this.#service = options.service;
    this.#collect = options.collect;
    this.#period = options.period;
    this.#push = push;
  }

  async run(signal: AbortSignal): Promise<void> {
    const stop = this.#network.onPacket((packet, from) => this.#heard(packet, from));
    for (let round = 0; !signal.aborted; round++) {
      await this.#ask();
      await sleep(early[round] ?? this.#period, { signal }).catch(() => {});
    }
    stop();
  }

  async #ask(): Promise<void> {
    const names = new Set(this.#service === undefined ? this.#nodes.keys() : [this.#service]);
    if (this.#service === undefined) {
      const heard = (packet: Packet) => {
        for (const name of readListing(packet)) names.add(name);
      };
      const questions = domains.map((domain) => ({ name: `${listing}.${domain}`, type: "PTR" }));
      await this.#network.ask(questions, this.#collect, heard);
    }
    for (const nodes of this.#nodes.values()) for (const node of nodes.values()) node.silent += 1;
    const questions = [...names].flatMap((name) =>
      domains.map((domain) => ({ name: serviceName(name, domain), type: "PTR" })),
    );
    await this.#network.ask(questions, this.#collect, (packet, from) => this.#heard(packet, from));
    for (const [name, nodes] of [...this.#nodes]) this.#forget(name, nodes);
  }

  #heard(packet: Packet, from: Place): void {
    if (packet.type === "response") for (const heard of readNodes(packet, from)) this.#take(heard);
  }

  #take({ entry, gone }: Heard): void {
    if (this.#service !== undefined && entry.name !== this.#service) return;
    const nodes = this.#nodes.get(entry.name) ?? new Map();
    if (gone) nodes.delete(entry.node.id);
    else if (nodes.size < maxNodes) nodes.set(entry.node.id, { entry, heard: performance.now(), silent: 0 });
    this.#publish(entry.name, nodes);
  }

  #forget(name: string, nodes: Map<string, Known>): void {
    const long = performance.now() - 2 * this.#period;
    for (const [id, { silent, heard }] of nodes) if (silent >= patience && heard < long) nodes.delete(id);
    this.#publish(name, nodes);
  }

  #publish(name: string, nodes: Map<string, Known>): void {
    if (nodes.size > 0 && this.#nodes.size < maxNodes) this.#nodes.set(name, nodes);
    else this.#nodes.delete(name);
    const entries = [...nodes.values()].map(({ entry }) => entry);
    for (const change of this.#snapshot.replace(name, group(entries))) this.#push(change);
  }
}
