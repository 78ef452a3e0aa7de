import { MicroError } from "../core/errors.js";
import type { Node } from "../core/service.js";
import { NodeState } from "./node-state.js";
import type { Outcome } from "./selector.js";

/** Asks one node how it is, on a connection of its own. Rejects, or takes longer than the limit, when it is not there. */
export type Probe = (node: Node, timeout: number) => Promise<"ok" | "degraded">;

/** How often nodes under suspicion are looked at, and how long a probe may take, in milliseconds. */
const sweepEvery = 50;
const probeEvery = 1000;
const probeTimeout = 300;
/** A node that answered nothing for this long, though asked, is probed; at least, and as a multiple of its usual time. */
const suspectAfter = 100;
const suspectFactor = 4;
/** Nodes remembered at most; the registry is not trusted to be small. */
const maxStates = 20_000;

interface Tracked {
  readonly node: Node;
  readonly state: NodeState;
  probedAt: number;
}

/**
 * Finds the nodes that do not answer. A refused or lost connection takes a node out at once; one that is silent is
 * probed first, so that slow work alone never does. Nothing is timed per call: one sweep looks at the nodes in use.
 */
export class Outliers {
  readonly #probe: Probe | undefined;
  readonly #byKey = new Map<string, Tracked>();
  readonly #byNode = new WeakMap<Node, Tracked>();
  readonly #watched = new Set<Tracked>();
  #sweep: NodeJS.Timeout | undefined;
  #usual = 0;

  constructor(probe?: Probe) {
    this.#probe = probe;
  }

  state(node: Node): NodeState {
    return this.#tracked(node).state;
  }

  sent(node: Node, now: number): void {
    const tracked = this.#tracked(node);
    tracked.state.sent(now);
    this.#watch(tracked);
  }

  mark(node: Node, outcome: Outcome, now: number): void {
    const tracked = this.#tracked(node);
    if (outcome.error === undefined) {
      this.#usual += (Math.max(outcome.duration, this.#usual) - this.#usual) * 0.05 - this.#usual * 0.001;
      tracked.state.answered(now, outcome.duration);
      return;
    }
    tracked.state.failed();
    if (!tellsAgainstNode(outcome.error)) return;
    tracked.state.eject(now);
    this.#watch(tracked);
  }

  close(): void {
    clearInterval(this.#sweep);
    this.#sweep = undefined;
    this.#watched.clear();
  }

  #tracked(node: Node): Tracked {
    return this.#byNode.get(node) ?? this.#track(node);
  }

  /** The registry hands out new objects for a node that it already had: what is known of it stays. */
  #track(node: Node): Tracked {
    const key = `${node.id}@${node.address}:${node.port}`;
    const tracked = this.#byKey.get(key) ?? { node, state: new NodeState(), probedAt: 0 };
    if (this.#byKey.size >= maxStates) this.#forgetOldest();
    this.#byKey.set(key, tracked);
    this.#byNode.set(node, tracked);
    return tracked;
  }

  #forgetOldest(): void {
    const [oldest] = this.#byKey.keys();
    if (oldest !== undefined) this.#byKey.delete(oldest);
  }

  #watch(tracked: Tracked): void {
    this.#watched.add(tracked);
    this.#sweep ??= setInterval(() => this.#look(), sweepEvery).unref();
  }

  #look(): void {
    const now = performance.now();
    for (const tracked of this.#watched) {
      const { state } = tracked;
      if (state.outstanding === 0 && !state.ejected) this.#watched.delete(tracked);
      else if (this.#needsProbe(state, now) && now - tracked.probedAt >= probeEvery) this.#ask(tracked, now);
    }
    if (this.#watched.size > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }

  #needsProbe(state: NodeState, now: number): boolean {
    if (state.ejected) return state.probeDue(now);
    const patience = Math.max(suspectAfter, suspectFactor * this.#usual);
    return state.outstanding > 0 && now - state.progressAt > patience;
  }

  #ask(tracked: Tracked, now: number): void {
    tracked.probedAt = now;
    if (!this.#probe) {
      if (tracked.state.ejected) tracked.state.readmit();
      return;
    }
    this.#probe(tracked.node, probeTimeout).then(
      (health) => {
        tracked.state.degraded = health === "degraded";
        if (tracked.state.ejected) tracked.state.readmit();
      },
      () => tracked.state.eject(performance.now()),
    );
  }
}

/** A refused, failed or broken connection does; being full, or draining, or out of time does not. */
function tellsAgainstNode(error: unknown): boolean {
  if (!MicroError.is(error)) return false;
  // no HTTP came back: whatever listens there is no node
  if (error.code === 502 && error.id === "go.micro.client" && error.executed === "unknown") return true;
  return error.reason === "NODE_UNREACHABLE" || error.reason === "NODE_LOST" || error.reason === "TLS_FAILED";
}
