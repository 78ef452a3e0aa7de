import type { Packet, Place } from "multicast-dns";
import { sleep } from "../../core/time/clock.js";
import { Snapshot } from "../catalog/snapshot.js";
import type { Change, WatchOptions } from "../registry.js";
import { type Entry, groupByVersion } from "../wire/group-by-version.js";
import type { Network } from "./network.js";
import { domains, type Heard, listing, readListing, readNodes, serviceName } from "./records.js";

/** Milliseconds between the first queries: shorter than later, because packets get lost. */
const early = [200, 1000];
/** Number of queries that a node may leave unanswered: a process that was killed does not say goodbye. */
const maxSilentRounds = 3;
const maxNodes = 10_000;

/** A node, the time of its last packet, and the number of queries it has not answered since. */
interface Known {
  readonly entry: Entry;
  readonly seenAt: number;
  silent: number;
}

/** Follows one service, or all, by announcements and periodic queries. */
export class MdnsWatch {
  readonly #network: Network;
  readonly #service: string | undefined;
  readonly #collect: number;
  readonly #period: number;
  readonly #push: (change: Change) => void;
  readonly #onReach: ((error?: unknown) => void) | undefined;
  readonly #snapshot = new Snapshot();
  readonly #nodes = new Map<string, Map<string, Known>>();
  /** True if the last query could not be sent. */
  #away = false;

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
    this.#onReach = options.onReach;
  }

  async run(signal: AbortSignal): Promise<void> {
    let changed = new AbortController();
    const stops = [
      this.#network.onPacket((packet, from) => this.#receive(packet, from)),
      this.#network.onChange(() => changed.abort()),
    ];
    for (let round = 0; !signal.aborted; round++) {
      await this.#round();
      const pause = AbortSignal.any([signal, changed.signal]);
      await sleep(early[round] ?? this.#period, { signal: pause }).catch(() => {});
      // On another network, packets may get lost as at the start.
      if (changed.signal.aborted) round = -1;
      changed = new AbortController();
    }
    for (const stop of stops) stop();
  }

  /** Queries once. Without a network, known nodes are kept. */
  async #round(): Promise<void> {
    try {
      await this.#ask();
      if (this.#away) this.#onReach?.();
      this.#away = false;
    } catch (error) {
      if (!this.#away) this.#onReach?.(error);
      this.#away = true;
    }
  }

  async #ask(): Promise<void> {
    const names = new Set(this.#service === undefined ? this.#nodes.keys() : [this.#service]);
    if (this.#service === undefined) {
      const receive = (packet: Packet) => {
        for (const name of readListing(packet)) names.add(name);
      };
      const questions = domains.map((domain) => ({ name: `${listing}.${domain}`, type: "PTR" }));
      await this.#network.ask(questions, this.#collect, receive);
    }
    const asked = [...this.#nodes.values()].flatMap((nodes) => [...nodes.values()]);
    for (const node of asked) node.silent += 1;
    const questions = [...names].flatMap((name) =>
      domains.map((domain) => ({ name: serviceName(name, domain), type: "PTR" })),
    );
    try {
      await this.#network.ask(questions, this.#collect, (packet, from) => this.#receive(packet, from));
    } catch (error) {
      for (const node of asked) node.silent -= 1;
      throw error;
    }
    for (const [name, nodes] of [...this.#nodes]) this.#forget(name, nodes);
  }

  #receive(packet: Packet, from: Place): void {
    if (packet.type === "response") for (const read of readNodes(packet, from)) this.#update(read);
  }

  #update({ entry, gone }: Heard): void {
    if (this.#service !== undefined && entry.name !== this.#service) return;
    const nodes = this.#nodes.get(entry.name) ?? new Map();
    if (gone) nodes.delete(entry.node.id);
    else if (nodes.size < maxNodes) nodes.set(entry.node.id, { entry, seenAt: performance.now(), silent: 0 });
    this.#publish(entry.name, nodes);
  }

  #forget(name: string, nodes: Map<string, Known>): void {
    const oldest = performance.now() - 2 * this.#period;
    for (const [id, { silent, seenAt }] of nodes)
      if (silent >= maxSilentRounds && seenAt < oldest) nodes.delete(id);
    this.#publish(name, nodes);
  }

  #publish(name: string, nodes: Map<string, Known>): void {
    if (nodes.size > 0 && this.#nodes.size < maxNodes) this.#nodes.set(name, nodes);
    else this.#nodes.delete(name);
    const entries = [...nodes.values()].map(({ entry }) => entry);
    for (const change of this.#snapshot.replace(name, groupByVersion(entries))) this.#push(change);
  }
}
