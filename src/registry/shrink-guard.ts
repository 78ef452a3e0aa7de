import { setMaxListeners } from "node:events";
import type { Entry } from "./group.js";
import type { Probe } from "./probe.js";

/** Milliseconds between two probes of a node whose registration got lost. */
const period = 1000;

export interface ShrinkGuardOptions {
  readonly probe: Probe;
  /** Milliseconds for which a node is held at most. */
  readonly hold: number;
  /** Hears that held nodes were given up. */
  readonly released: () => void;
}

/**
 * Holds on to nodes that a registry forgot: they stay while they answer, for a time in which they can register
 * again. A registry that was restarted empty must not stop those who still serve.
 */
export class ShrinkGuard {
  readonly #held = new Map<string, { readonly entry: Entry; readonly until: number }>();
  readonly #options: ShrinkGuardOptions;
  readonly #closed = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ShrinkGuardOptions) {
    this.#options = options;
    setMaxListeners(0, this.#closed.signal);
  }

  get entries(): Entry[] {
    return [...this.#held.values()].map(({ entry }) => entry);
  }

  hold(entries: readonly Entry[]): void {
    const until = performance.now() + this.#options.hold;
    for (const entry of entries) this.#held.set(entry.node.id, { entry, until });
    if (this.#timer === undefined) this.#schedule(0);
  }

  /** The node is registered again, or was withdrawn. */
  drop(id: string): void {
    this.#held.delete(id);
  }

  close(): void {
    this.#closed.abort();
    this.#held.clear();
    clearTimeout(this.#timer);
  }

  #schedule(wait: number): void {
    clearTimeout(this.#timer);
    const next = this.#held.size > 0 && !this.#closed.signal.aborted;
    this.#timer = next ? setTimeout(() => void this.#probe(), wait) : undefined;
  }

  async #probe(): Promise<void> {
    const answers = await Promise.all([...this.#held.entries()].map((held) => this.#keep(...held)));
    if (this.#closed.signal.aborted) return;
    this.#schedule(period);
    if (answers.includes(false)) this.#options.released();
  }

  async #keep(id: string, held: { readonly entry: Entry; readonly until: number }): Promise<boolean> {
    const late = performance.now() > held.until;
    const stays = !late && (await this.#options.probe(held.entry.node, this.#closed.signal));
    if (!stays && this.#held.get(id) === held) this.#held.delete(id);
    return stays;
  }
}
