import { TokenBucket } from "../core/async/token-bucket.js";
import { type Log, silent } from "../core/log/log.js";
import { formatAddress } from "../core/net/address.js";
import type { Node } from "../core/service.js";
import { type Clock, systemClock } from "../core/time/clock.js";

/** A node, and the service that it was last seen in. */
export interface NodeOfService {
  readonly node: Node;
  readonly service?: string;
}

export interface OutageLogOptions {
  /** Default: nothing is logged. */
  readonly log?: Log;
  readonly clock?: Clock;
}

/** Milliseconds in which a node that goes out again and again is logged once. */
const quiet = 60_000;
/** Outages of all nodes that are logged: so many at once, then one in so many milliseconds. */
const limit = { burst: 100, every: 1000 };

interface Outage {
  since: number;
  /** Its beginning was logged, and so will its end be. */
  logged: boolean;
  loggedAt: number;
  /** Outages of the node since then that were not logged. */
  skipped: number;
}

/** Knows which nodes get no calls because they do not answer, and logs when one goes out and when it is back. */
export class OutageLog {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #limit: TokenBucket;
  /** Each node that went out, and its last outage. */
  readonly #outages = new WeakMap<NodeOfService, Outage>();
  readonly #out = new Set<NodeOfService>();
  /** Lines that the limit over all nodes kept back since the last one. */
  #unlogged = 0;

  constructor({ log = silent, clock = systemClock }: OutageLogOptions = {}) {
    this.#log = log;
    this.#clock = clock;
    this.#limit = new TokenBucket({ ...limit, clock });
  }

  /** The number of nodes that are out. */
  get size(): number {
    return this.#out.size;
  }

  /** The same by service. */
  get counts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { service = "" } of this.#out) counts.set(service, (counts.get(service) ?? 0) + 1);
    return counts;
  }

  /** `of` gets no calls from now on; `why` is a text for people. */
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
    const left = { ...(last.skipped > 0 && { timesSince: last.skipped }) };
    const unlogged = { ...(this.#unlogged > 0 && { unlogged: this.#unlogged }) };
    this.#log.warn(
      { ...fields(of), why, ...left, ...unlogged },
      "node is out: it gets no calls until it answers",
    );
    last.loggedAt = now;
    last.skipped = 0;
    this.#unlogged = 0;
  }

  /** `of` has answered a call. */
  answered(of: NodeOfService): void {
    this.#ended(of, "node is back: it answered a call");
  }

  /** `of` is in the registry no more. */
  left(of: NodeOfService): void {
    this.#ended(of, "node that was out has left the registry");
  }

  /** `of` is known no more. */
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
