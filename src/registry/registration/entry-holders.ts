import type { Log } from "../../core/log/log.js";
import { formatAddress } from "../../core/net/address.js";
import type { Service } from "../../core/service.js";
import type { PresenceProbe } from "../presence-probe.js";

/** Time limit of a probe in milliseconds, and number of failed probes after which an earlier process counts as gone. */
const probeTimeout = 1000;
const tries = 3;
/** Milliseconds before an entry may be taken back from the same process again. */
const takeBackAgain = 60_000;

/**
 * Other processes with the same id: earlier ones, whose entry this one replaced, and a later one that replaced this
 * one's.
 */
export class EntryHolders {
  readonly #probe: PresenceProbe;
  readonly #log: Log;
  /** The entries of earlier processes, by address. */
  readonly #earlier = new Map<string, Service>();
  readonly #takenBack = new Map<string, number>();
  /** The entry, if it points at another process. Undefined while this process holds it. */
  #current: Service | undefined;
  /** The address that was logged last. */
  #logged: string | undefined;

  constructor(probe: PresenceProbe, log: Log) {
    this.#probe = probe;
    this.#log = log;
  }

  get current(): Service | undefined {
    return this.#current;
  }

  /** Remembers the entry of a process that started earlier. */
  precede(entry: Service): void {
    this.#earlier.set(nodeAddress(entry), entry);
  }

  /**
   * Notes that the entry points at another process now. If that is an earlier one, which took this process for dead or
   * did not know of it, the entry is taken back; but only once a minute, since that process may have been restarted.
   */
  takenBy(entry: Service): void {
    const address = nodeAddress(entry);
    const now = performance.now();
    const before = this.#takenBack.get(address) ?? Number.NEGATIVE_INFINITY;
    this.#current = entry;
    if (!this.#earlier.has(address) || now < before + takeBackAgain) return;
    this.#takenBack.set(address, now);
    this.#current = undefined;
  }

  /** Notes that no other process holds the entry. */
  release(): void {
    this.#current = undefined;
    this.#logged = undefined;
  }

  /** Resolves with true if another process holds the entry of `name`, and answers. */
  async keepsEntry(name: string, signal: AbortSignal): Promise<boolean> {
    const holder = this.#current;
    if (holder === undefined) return false;
    const answers = await this.#answers(holder, signal);
    if (this.#current !== holder) return this.#current !== undefined;
    if (answers) this.#logHolder(name, holder);
    else this.#current = undefined;
    return answers;
  }

  /** Forgets earlier processes that are gone: other programs may reuse their addresses. */
  async forgetDead(signal: AbortSignal): Promise<void> {
    for (const [address, entry] of this.#earlier) {
      let answers = false;
      for (let n = 0; n < tries && !answers; n++) answers = await this.#answers(entry, signal);
      if (!answers && !signal.aborted) this.#earlier.delete(address);
    }
  }

  /** Returns the entry of the latest earlier process that still answers. */
  async heir(): Promise<Service | undefined> {
    await this.forgetDead(new AbortController().signal);
    return [...this.#earlier.values()].at(-1);
  }

  async #answers({ nodes: [node] }: Service, signal: AbortSignal): Promise<boolean> {
    if (node === undefined) return false;
    return this.#probe(node, AbortSignal.any([signal, AbortSignal.timeout(probeTimeout)]));
  }

  #logHolder(name: string, holder: Service): void {
    const address = nodeAddress(holder);
    if (this.#logged === address) return;
    this.#logged = address;
    const fields = { service: name, node: holder.nodes[0]?.id, holder: address };
    this.#log.error(
      fields,
      "another process registered itself with this id: calls go there, not here; give each process an id of its own",
    );
  }
}

function nodeAddress({ nodes: [node] }: Service): string {
  return node === undefined ? "" : formatAddress({ host: node.address, port: node.port });
}
