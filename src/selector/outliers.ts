import { MicroError, textOf } from "../core/errors.js";
import type { Log } from "../core/log/log.js";
import { saysHttp, saysRpc } from "../core/node-protocol.js";
import { type Node, nodeKey, type Service } from "../core/service.js";
import { type Clock, type Scheduled, systemClock } from "../core/time/clock.js";
import { TrackedRequest } from "./forwarded-request.js";
import { NodeState } from "./node-state.js";
import { OutageLog } from "./outage-log.js";
import type { ForwardedRequest, Outcome } from "./selector.js";

/**
 * Checks the health of a node on a fresh connection. `timeout` is in milliseconds.
 * @throws if the node does not answer.
 */
export type HealthProbe = (node: Node, timeout: number) => Promise<"ok" | "degraded">;

/** Connects to a node and sends nothing. `timeout` is in milliseconds. @throws if the connection fails. */
export type Reach = (node: Node, timeout: number) => Promise<void>;

export interface OutliersOptions {
  readonly probe?: HealthProbe;
  readonly reach?: Reach;
  readonly clock?: Clock;
  /** Receives a line when a node goes out, and one when it is back. Default: nothing is logged. */
  readonly log?: Log;
  /** Returns the current nodes of a service. Without it, nodes that have left are probed for ever. */
  readonly services?: (name: string) => readonly Service[] | undefined;
}

/** Milliseconds between two sweeps. */
const sweepEvery = 50;
/** Milliseconds between two probes of a node, and time limit of one. */
const probeEvery = 1000;
const probeTimeout = 300;
/** Most nodes to remember, because the registry is not trusted to be small. */
const maxStates = 20_000;

const noAnswer = "no answer to its requests";

interface Tracked {
  readonly node: Node;
  readonly key: string;
  readonly state: NodeState;
  probedAt: number;
  /** The service it was last seen in. */
  service?: string;
}

/**
 * Finds nodes that do not answer. A refused or lost connection ejects a node at once. A silent node is probed first, so
 * that slow work alone never ejects it. A node that speaks only HTTP cannot be probed: its silence ejects it, and its
 * next answer, or one request as a trial, brings it back. There is no timer per call: a sweep checks the nodes in use.
 */
export class Outliers {
  readonly #probe: HealthProbe | undefined;
  readonly #reach: Reach | undefined;
  readonly #clock: Clock;
  readonly #services: OutliersOptions["services"];
  readonly #byKey = new Map<string, Tracked>();
  readonly #byNode = new WeakMap<Node, Tracked>();
  readonly #watched = new Set<Tracked>();
  /** Keys of the nodes in each list returned by `services`, which is the same list until something changes. */
  readonly #listed = new WeakMap<readonly Service[], ReadonlySet<string>>();
  readonly #seen = new WeakSet<readonly Service[]>();
  readonly #outages: OutageLog;
  #sweep: Scheduled | undefined;
  #closed = false;

  constructor({ probe, reach, clock = systemClock, log, services }: OutliersOptions = {}) {
    this.#outages = new OutageLog({ clock, log });
    this.#probe = probe;
    this.#reach = reach;
    this.#clock = clock;
    this.#services = services;
  }

  /** The number of nodes that are out and have answered no call since, by service. */
  get out(): ReadonlyMap<string, number> {
    return this.#outages.counts;
  }

  state(node: Node): NodeState {
    return this.#tracked(node).state;
  }

  /** Makes the nodes of one service known to each other, so that their latencies can be compared. */
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

  /** Remembers which service the nodes are of. */
  belongTo(services: readonly Service[]): void {
    if (this.#seen.has(services)) return;
    this.#seen.add(services);
    for (const { name, nodes } of services) for (const node of nodes) this.#tracked(node).service = name;
  }

  sent(node: Node, now: number): void {
    const tracked = this.#tracked(node);
    tracked.state.sent(now);
    this.#watch(tracked);
  }

  forwarded(node: Node, uploading: boolean): ForwardedRequest {
    const tracked = this.#tracked(node);
    const { state } = tracked;
    if (!state.httpOnly) state.httpOnly = !saysRpc(node);
    const clock = this.#clock;
    state.sent(clock.now());
    this.#watch(tracked);
    const told = {
      failed: (error: unknown, at: number) => this.#failed(tracked, error, at),
      answered: () => this.#outages.answered(tracked),
    };
    return new TrackedRequest(state, told, { uploading, clock });
  }

  mark(node: Node, outcome: Outcome, now: number): void {
    const tracked = this.#tracked(node);
    if (outcome.error !== undefined) {
      this.#failed(tracked, outcome.error, now);
      return;
    }
    if (outcome.faulty) tracked.state.answeredFaulty(now, outcome.duration);
    else tracked.state.answered(now, outcome.duration);
    this.#outages.answered(tracked);
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
    this.#noteOutage(tracked, against ? textOf(error) : noAnswer);
    this.#keepWatching(tracked);
  }

  #noteOutage(tracked: Tracked, why: string): void {
    if (tracked.state.ejected) this.#outages.wentOut(tracked, why);
  }

  #tracked(node: Node): Tracked {
    return this.#byNode.get(node) ?? this.#track(node);
  }

  /** Finds the state of a node by its key: the registry returns new objects for known nodes. */
  #track(node: Node): Tracked {
    const key = nodeKey(node);
    const tracked = this.#byKey.get(key) ?? newlyTracked(node, key);
    if (this.#byKey.size >= maxStates) this.#forgetOldest();
    this.#byKey.set(key, tracked);
    this.#byNode.set(node, tracked);
    return tracked;
  }

  #forgetOldest(): void {
    const [oldest] = this.#byKey.values();
    if (oldest === undefined) return;
    this.#byKey.delete(oldest.key);
    this.#outages.forget(oldest);
  }

  #watch(tracked: Tracked): void {
    if (this.#closed) return;
    this.#watched.add(tracked);
    this.#sweep ??= this.#clock.schedule(sweepEvery, () => this.#runSweep(), { ref: false });
  }

  /** Stops watching a node with nothing to do, unless its outage still has to end: by an answer, or by its leaving. */
  #unwatch(tracked: Tracked): void {
    const isOut = this.#outages.isOut(tracked);
    if (isOut && this.#isListed(tracked)) return;
    if (isOut) this.#outages.left(tracked);
    this.#watched.delete(tracked);
  }

  #runSweep(): void {
    const now = this.#clock.now();
    for (const tracked of this.#watched) {
      const { state } = tracked;
      if (state.outstanding === 0 && !state.ejected && !state.degraded) this.#unwatch(tracked);
      else if (state.httpOnly && !state.ejected && state.suspect(now)) {
        state.ejectSilent(now);
        this.#noteOutage(tracked, noAnswer);
      } else if (needsProbe(state, now) && now - tracked.probedAt >= probeEvery)
        this.#probeOrForget(tracked, now);
    }
    this.#sweep = undefined;
    if (this.#watched.size > 0)
      this.#sweep = this.#clock.schedule(sweepEvery, () => this.#runSweep(), { ref: false });
  }

  /** Probes a node, unless it has left the registry. If it returns, it gets one call as a trial. */
  #probeOrForget(tracked: Tracked, now: number): void {
    const { state } = tracked;
    if (state.outstanding > 0 || this.#isListed(tracked)) {
      this.#runProbe(tracked, now);
      return;
    }
    this.#watched.delete(tracked);
    state.degraded = false;
    state.readmit(now);
    this.#outages.left(tracked);
  }

  #isListed({ key, service }: Tracked): boolean {
    if (!this.#services || service === undefined) return true;
    const services = this.#services(service);
    return services !== undefined && this.#keysOf(services).has(key);
  }

  #keysOf(services: readonly Service[]): ReadonlySet<string> {
    const known = this.#listed.get(services);
    if (known) return known;
    const keys = new Set(services.flatMap(({ nodes }) => nodes.map(nodeKey)));
    this.#listed.set(services, keys);
    return keys;
  }

  #runProbe(tracked: Tracked, now: number): void {
    const { node, state } = tracked;
    tracked.probedAt = now;
    this.#checkHealth(node, state).then(
      (health) => {
        state.degraded = health === "degraded";
        if (state.ejected) state.readmit(this.#clock.now());
        this.#keepWatching(tracked);
      },
      (error: unknown) => {
        state.eject(this.#clock.now());
        this.#noteOutage(tracked, textOf(error));
        this.#keepWatching(tracked);
      },
    );
  }

  /** Keeps watching a node that is out: its last call may have ended during the probe, and the sweep dropped it. */
  #keepWatching(tracked: Tracked): void {
    if (tracked.state.ejected || tracked.state.degraded) this.#watch(tracked);
  }

  #checkHealth(node: Node, { httpOnly }: NodeState): Promise<"ok" | "degraded"> {
    if (!httpOnly) return this.#probe?.(node, probeTimeout) ?? Promise.resolve("ok");
    return (this.#reach?.(node, probeTimeout) ?? Promise.resolve()).then(() => "ok");
  }
}

function newlyTracked(node: Node, key: string): Tracked {
  const state = new NodeState();
  state.httpOnly = saysHttp(node);
  return { node, key, state, probedAt: Number.NEGATIVE_INFINITY };
}

function needsProbe(state: NodeState, now: number): boolean {
  return state.ejected ? state.probeDue(now) : state.degraded || state.suspect(now);
}

/**
 * True if an error is evidence against the node: a refused, failed or broken connection. Overload, draining and
 * timeouts are not.
 */
function tellsAgainstNode(error: unknown): boolean {
  if (!MicroError.is(error)) return false;
  // the reply was not HTTP: whatever listens there is not the node
  if (error.code === 502 && error.id === "go.micro.client" && error.executed === "unknown") return true;
  return error.reason === "NODE_UNREACHABLE" || error.reason === "NODE_LOST" || error.reason === "TLS_FAILED";
}
