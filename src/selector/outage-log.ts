import { TokenBucket } from "../core/async/token-bucket.js";
import { type Log, silent } from "../core/log/log.js";
import { formatAddress } from "../core/net/address.js";
import type { Node } from "../core/service.js";
import { type Clock, systemClock } from "../core/time/clock.js";

/** A node, and the service it was last seen in. */
export interface NodeOfService {
  readonly node: Node;
  readonly service?: string;
}

export interface OutageLogOptions {
  /** Receives the outages. Default: none is logged. */
  readonly log?: Log;
  readonly clock?: Clock;
}

/** Milliseconds within which a node with repeated outages is logged once. */
const quiet = 60_000;
/** Rate limit on logged outages of all nodes: `burst` at once, then one every `every` milliseconds. */
const limit = { burst: 100, every: 1000 };

interface Outage {
  since: number;
  /** True if its start was logged, so that its end is logged too. */
  logged: boolean;
  loggedAt: number;
  /** Number of the node's outages since then that were not logged. */
  skipped: number;
}

/** Tracks the nodes that get no calls because they do not answer. Logs when one goes out and when it is back. */
export class OutageLog {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #limit: TokenBucket;
  /** The last outage of each node that went out. */
  readonly #outages = new WeakMap<NodeOfService, Outage>();
  readonly #out = new Set<NodeOfService>();
  /** Number of lines suppressed by the rate limit since the last one. */
  #unlogged = 0;

  constructor({ log = silent, clock = systemClock }: OutageLogOptions = {}) {
    this.#log = log;
    this.#clock = clock;
    this.#limit = new TokenBucket({ ...limit, clock });
  }

  /** True until a node that went out has answered a call, or has left the registry. */
  isOut(of: NodeOfService): boolean {
    return this.#out.has(of);
  }

  /** Number of nodes that are out, by service. */
  get counts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { service = "" } of this.#out) counts.set(service, (counts.get(service) ?? 0) + 1);
    return counts;
  }

  /** Reports that `of` gets no more calls. `why` is a text for people. */
  wentOut(of: NodeOfService, why: string): void {
    if (this.#out.has(of)) return;
    this.#out.add(of);
    const now = this.#clock.now();
    const last = this.#outages.get(of) ?? { since: 0, logged: false, loggedAt: -quiet, skipped: 0 };
    this.#outages.set(of, last);
    last.since = now;
    last.logged = now - last.loggedAt >= quiet && this.#mayLog();
    if (!last.logged) {
      last.skipped++;
      return;
    }
    const counts = {
      ...(last.skipped > 0 && { timesSince: last.skipped }),
      ...(this.#unlogged > 0 && { unlogged: this.#unlogged }),
    };
    this.#log.warn({ ...fields(of), why, ...counts }, "node is out: it gets no calls until it answers");
    last.loggedAt = now;
    last.skipped = 0;
    this.#unlogged = 0;
  }

  /** Reports that `of` has answered a call. */
  answered(of: NodeOfService): void {
    this.#ended(of, "node is back: it answered a call");
  }

  /** Reports that `of` has left the registry. */
  left(of: NodeOfService): void {
    this.#ended(of, "node that was out has left the registry");
  }

  /** Reports that the state of `of` was forgotten. */
  forget(of: NodeOfService): void {
    this.#out.delete(of);
  }

  #ended(of: NodeOfService, text: string): void {
    if (!this.#out.delete(of)) return;
    const outage = this.#outages.get(of);
    if (!outage?.logged) return;
    this.#log.info({ ...fields(of), outForMs: Math.round(this.#clock.now() - outage.since) }, text);
  }

  #mayLog(): boolean {
    if (this.#limit.take()) return true;
    this.#unlogged++;
    return false;
  }
}

function fields({ service, node: { id, address, port } }: NodeOfService): object {
  return { service, node: id, address: formatAddress({ host: address, port }) };
}
