import { MicroError } from "../core/errors.js";
import { saysHttp, saysRpc } from "../core/node-protocol.js";
import type { Node, Service } from "../core/service.js";
import { type Clock, type Scheduled, systemClock } from "../core/time/clock.js";
import { NodeState } from "./node-state.js";
import { RelayedRequest } from "./relayed-request.js";
import type { Outcome, Passage } from "./selector.js";

/**
 * Checks the health of a node on a fresh connection. `timeout` is in milliseconds.
 * @throws when the node does not answer.
 */
export type HealthProbe = (node: Node, timeout: number) => Promise<"ok" | "degraded">;

/** Connects to a node and sends nothing. `timeout` is in milliseconds. @throws when the connection fails. */
export type Reach = (node: Node, timeout: number) => Promise<void>;

export interface OutliersOptions {
  readonly probe?: HealthProbe;
  readonly reach?: Reach;
  readonly clock?: Clock;
  /** The nodes that a service has now; without it, a node that left is asked for ever whether it is back. */
  readonly services?: (name: string) => readonly Service[] | undefined;
}

/** How often nodes under suspicion are looked at, and how long a probe may take, in milliseconds. */
const sweepEvery = 50;
const probeEvery = 1000;
const probeTimeout = 300;
/** Nodes remembered at most; the registry is not trusted to be small. */
const maxStates = 20_000;

interface Tracked {
  readonly node: Node;
  readonly key: string;
  readonly state: NodeState;
  probedAt: number;
  /** The service that it was last seen in. */
  service?: string;
}

/**
 * Finds the nodes that do not answer. A refused or lost connection takes a node out at once; one that is silent is
 * probed first, so that slow work alone never does. A node that speaks HTTP and no RPC cannot be asked: its silence takes it
 * out, its next answer, or one request that is let through, brings it back. Nothing is timed per call: one sweep looks at
 * the nodes in use.
 */
export class Outliers {
  readonly #probe: HealthProbe | undefined;
  readonly #reach: Reach | undefined;
  readonly #clock: Clock;
  readonly #services: OutliersOptions["services"];
  readonly #byKey = new Map<string, Tracked>();
  readonly #byNode = new WeakMap<Node, Tracked>();
  readonly #watched = new Set<Tracked>();
  /** Keys of the nodes of what `services` gave: the same list while nothing changes. */
  readonly #listed = new WeakMap<readonly Service[], ReadonlySet<string>>();
  #sweep: Scheduled | undefined;
  #closed = false;

  constructor({ probe, reach, clock = systemClock, services }: OutliersOptions = {}) {
    this.#probe = probe;
    this.#reach = reach;
    this.#clock = clock;
    this.#services = services;
  }

  state(node: Node): NodeState {
    return this.#tracked(node).state;
  }

  /** Tells the nodes of one service of each other. */
  peers(services: readonly Service[]): void {
    const peers = services.flatMap(({ name, nodes }) =>
      nodes.map((node) => {
        const tracked = this.#tracked(node);
        tracked.service = name;
        return tracked.state;
      }),
    );
    for (const state of peers) state.peers = peers;
  }

  sent(node: Node, now: number): void {
    const tracked = this.#tracked(node);
    tracked.state.sent(now);
    this.#watch(tracked);
  }

  passes(node: Node, uploading: boolean): Passage {
    const tracked = this.#tracked(node);
    const { state } = tracked;
    if (!state.httpOnly) state.httpOnly = !saysRpc(node);
    const clock = this.#clock;
    state.sent(clock.now());
    this.#watch(tracked);
    return new RelayedRequest(state, (error, at) => this.#failed(tracked, error, at), { uploading, clock });
  }

  mark(node: Node, outcome: Outcome, now: number): void {
    const tracked = this.#tracked(node);
    if (outcome.error !== undefined) this.#failed(tracked, outcome.error, now);
    else if (outcome.faulty) tracked.state.answeredFaulty(now, outcome.duration);
    else tracked.state.answered(now, outcome.duration);
  }

  close(): void {
    this.#closed = true;
    this.#sweep?.cancel();
    this.#sweep = undefined;
    this.#watched.clear();
  }

  #failed(tracked: Tracked, error: unknown, now: number): void {
    const { state } = tracked;
    const against = tellsAgainstNode(error);
    if (state.httpOnly && !against) state.unanswered(now);
    else state.failed();
    if (against) state.eject(now);
    this.#watchOn(tracked);
  }

  #tracked(node: Node): Tracked {
    return this.#byNode.get(node) ?? this.#track(node);
  }

  /** The registry hands out new objects for a node that it already had: what is known of it stays. */
  #track(node: Node): Tracked {
    const key = keyOf(node);
    const tracked = this.#byKey.get(key) ?? newlyTracked(node, key);
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
    if (this.#closed) return;
    this.#watched.add(tracked);
    this.#sweep ??= this.#clock.schedule(sweepEvery, () => this.#look(), { ref: false });
  }

  #look(): void {
    const now = this.#clock.now();
    for (const tracked of this.#watched) {
      const { state } = tracked;
      if (state.outstanding === 0 && !state.ejected && !state.degraded) this.#watched.delete(tracked);
      else if (state.httpOnly && !state.ejected && state.suspect(now)) state.ejectSilent(now);
      else if (needsProbe(state, now) && now - tracked.probedAt >= probeEvery)
        this.#askOrForget(tracked, now);
    }
    this.#sweep = undefined;
    if (this.#watched.size > 0)
      this.#sweep = this.#clock.schedule(sweepEvery, () => this.#look(), { ref: false });
  }

  /** A node that is in the registry no more is not asked again: should it return, it gets one call at first. */
  #askOrForget(tracked: Tracked, now: number): void {
    const { state } = tracked;
    if (state.outstanding > 0 || this.#isListed(tracked)) {
      this.#ask(tracked, now);
      return;
    }
    this.#watched.delete(tracked);
    state.degraded = false;
    state.readmit(now);
  }

  #isListed({ key, service }: Tracked): boolean {
    if (!this.#services || service === undefined) return true;
    const services = this.#services(service);
    return services !== undefined && this.#keysOf(services).has(key);
  }

  #keysOf(services: readonly Service[]): ReadonlySet<string> {
    const known = this.#listed.get(services);
    if (known) return known;
    const keys = new Set(services.flatMap(({ nodes }) => nodes.map(keyOf)));
    this.#listed.set(services, keys);
    return keys;
  }

  #ask(tracked: Tracked, now: number): void {
    const { node, state } = tracked;
    tracked.probedAt = now;
    this.#answer(node, state).then(
      (health) => {
        state.degraded = health === "degraded";
        if (state.ejected) state.readmit(this.#clock.now());
        this.#watchOn(tracked);
      },
      () => {
        state.eject(this.#clock.now());
        this.#watchOn(tracked);
      },
    );
  }

  /** What was waited for may have ended while the node was asked, and the node be watched no more. */
  #watchOn(tracked: Tracked): void {
    if (tracked.state.ejected || tracked.state.degraded) this.#watch(tracked);
  }

  #answer(node: Node, { httpOnly }: NodeState): Promise<"ok" | "degraded"> {
    if (!httpOnly) return this.#probe?.(node, probeTimeout) ?? Promise.resolve("ok");
    return (this.#reach?.(node, probeTimeout) ?? Promise.resolve()).then(() => "ok");
  }
}

function keyOf({ id, address, port }: Node): string {
  return `${id}@${address}:${port}`;
}

function newlyTracked(node: Node, key: string): Tracked {
  const state = new NodeState();
  state.httpOnly = saysHttp(node);
  return { node, key, state, probedAt: Number.NEGATIVE_INFINITY };
}

function needsProbe(state: NodeState, now: number): boolean {
  return state.ejected ? state.probeDue(now) : state.degraded || state.suspect(now);
}

/** A refused, failed or broken connection does; being full, or draining, or out of time does not. */
function tellsAgainstNode(error: unknown): boolean {
  if (!MicroError.is(error)) return false;
  // no HTTP came back: whatever listens there is no node
  if (error.code === 502 && error.id === "go.micro.client" && error.executed === "unknown") return true;
  return error.reason === "NODE_UNREACHABLE" || error.reason === "NODE_LOST" || error.reason === "TLS_FAILED";
}
