import { setMaxListeners } from "node:events";
import type { PresenceProbe } from "../presence-probe.js";
import type { Entry } from "../wire/group-by-version.js";

/** Milliseconds between two probes of a held node. */
const period = 1000;

export interface ShrinkGuardOptions {
  readonly probe: PresenceProbe;
  /** Longest time in milliseconds to hold a node. */
  readonly hold: number;
  /** Called when held nodes were given up. */
  readonly released: () => void;
}

interface Held {
  readonly entry: Entry;
  readonly until: number;
}

/**
 * Keeps nodes that vanished from the registry, as long as they answer probes and for a limited time, in which they can
 * register again. A registry that was restarted without its data must not cut off services that still run.
 */
export class ShrinkGuard {
  readonly #held = new Map<string, Held>();
  readonly #options: ShrinkGuardOptions;
  #isClosed = false;
  /** Aborts the probes. Created only while nodes are held: a controller costs 20 µs per service. */
  #probing: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ShrinkGuardOptions) {
    this.#options = options;
  }

  get entries(): Entry[] {
    return [...this.#held.values()].map(({ entry }) => entry);
  }

  hold(entries: readonly Entry[]): void {
    const until = performance.now() + this.#options.hold;
    for (const entry of entries) this.#held.set(entry.node.id, { entry, until });
    if (this.#timer === undefined) this.#schedule(0);
  }

  /** Stops holding a node that is registered again. */
  drop(id: string): void {
    this.#held.delete(id);
  }

  close(): void {
    this.#isClosed = true;
    this.#probing?.abort();
    this.#held.clear();
    clearTimeout(this.#timer);
  }

  #schedule(wait: number): void {
    clearTimeout(this.#timer);
    const next = this.#held.size > 0 && !this.#isClosed;
    this.#timer = next ? setTimeout(() => void this.#probe(), Math.min(wait, period)) : undefined;
  }

  async #probe(): Promise<void> {
    const { signal } = this.#probes();
    const answers = await Promise.all([...this.#held].map(([id, held]) => this.#keep(id, held, signal)));
    if (this.#isClosed) return;
    this.#schedule(period);
    if (answers.includes(false)) this.#options.released();
  }

  #probes(): AbortController {
    this.#probing ??= new AbortController();
    setMaxListeners(0, this.#probing.signal);
    return this.#probing;
  }

  async #keep(id: string, held: Held, signal: AbortSignal): Promise<boolean> {
    const late = performance.now() > held.until;
    const stays = !late && (await this.#options.probe(held.entry.node, signal));
    if (!stays && this.#held.get(id) === held) this.#held.delete(id);
    return stays;
  }
}
