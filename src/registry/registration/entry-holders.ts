import type { Log } from "../../core/log/log.js";
import { formatAddress } from "../../core/net/address.js";
import type { Service } from "../../core/service.js";
import type { PresenceProbe } from "../presence-probe.js";

/** Milliseconds in which a process must answer, and how often an earlier one is asked before it counts as gone. */
const probeTimeout = 1000;
const tries = 3;
/** Milliseconds after which an entry may be taken back from an earlier process once more. */
const takeBackAgain = 60_000;

/** Other processes with the id of this one: those before it, whose entry it replaced, and the one that replaced its own. */
export class EntryHolders {
  readonly #probe: PresenceProbe;
  readonly #log: Log;
  /** The entries of earlier processes, by place. */
  readonly #earlier = new Map<string, Service>();
  readonly #takenBack = new Map<string, number>();
  /** The entry that points at another process; nothing while this one holds it. */
  #current: Service | undefined;
  /** The place that the log named last. */
  #told: string | undefined;

  constructor(probe: PresenceProbe, log: Log) {
    this.#probe = probe;
    this.#log = log;
  }

  get current(): Service | undefined {
    return this.#current;
  }

  /** The entry of a process that started before this one. */
  precede(entry: Service): void {
    this.#earlier.set(nodeAddress(entry), entry);
  }

  /**
   * The entry points at another process now. An earlier one took this one for dead, or had not heard of it: the entry
   * is taken back, but not again and again, since that process may have been started anew.
   */
  take(entry: Service): void {
    const place = nodeAddress(entry);
    const now = performance.now();
    const before = this.#takenBack.get(place) ?? Number.NEGATIVE_INFINITY;
    this.#current = entry;
    if (!this.#earlier.has(place) || now < before + takeBackAgain) return;
    this.#takenBack.set(place, now);
    this.#current = undefined;
  }

  /** No other process holds the entry any more. */
  release(): void {
    this.#current = undefined;
    this.#told = undefined;
  }

  /** True while another process holds the entry of `name`, and answers. */
  async keepsEntry(name: string, signal: AbortSignal): Promise<boolean> {
    const holder = this.#current;
    if (holder === undefined) return false;
    const answers = await this.#answers(holder, signal);
    if (this.#current !== holder) return this.#current !== undefined;
    if (answers) this.#tell(name, holder);
    else this.#current = undefined;
    return answers;
  }

  /** Drops earlier processes that are gone: their place may become that of somebody else. */
  async forgetDead(signal: AbortSignal): Promise<void> {
    for (const [place, entry] of this.#earlier) {
      let answers = false;
      for (let n = 0; n < tries && !answers; n++) answers = await this.#answers(entry, signal);
      if (!answers && !signal.aborted) this.#earlier.delete(place);
    }
  }

  /** The entry of an earlier process that still answers. */
  async heir(): Promise<Service | undefined> {
    await this.forgetDead(new AbortController().signal);
    return [...this.#earlier.values()].at(-1);
  }

  async #answers({ nodes: [node] }: Service, signal: AbortSignal): Promise<boolean> {
    if (node === undefined) return false;
    return this.#probe(node, AbortSignal.any([signal, AbortSignal.timeout(probeTimeout)]));
  }

  #tell(name: string, holder: Service): void {
    const place = nodeAddress(holder);
    if (this.#told === place) return;
    this.#told = place;
    const fields = { service: name, node: holder.nodes[0]?.id, holder: place };
    this.#log.error(
      fields,
      "another process registered itself with this id: calls go there, not here; give each process an id of its own",
    );
  }
}

function nodeAddress({ nodes: [node] }: Service): string {
  return node === undefined ? "" : formatAddress({ host: node.address, port: node.port });
}
