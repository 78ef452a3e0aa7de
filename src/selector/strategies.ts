import type { Node, Service } from "../core/service.js";
import { type Clock, systemClock } from "../core/time/clock.js";
import type { NodeState } from "./node-state.js";
import type { Next, Strategy } from "./selector.js";

/** Picks any node, each with the same probability. */
export const random: Strategy = (services) => {
  const nodes = services.flatMap((service) => service.nodes);
  return () => pick(nodes, Math.floor(Math.random() * nodes.length));
};

/** Picks one node after the other. Starts at a random one, so that callers that start together spread. */
export const roundRobin: Strategy = (services) => {
  const nodes = services.flatMap((service) => service.nodes);
  let turn = Math.floor(Math.random() * nodes.length);
  return () => pick(nodes, turn++ % nodes.length);
};

/** Picks the cheaper of two random nodes, by calls in flight and latency. If both are out, the cheapest of all. */
export function leastOutstanding(stateOf: (node: Node) => NodeState, clock: Clock = systemClock): Strategy {
  return (services: readonly Service[]): Next => {
    const nodes = services.flatMap((service) => service.nodes);
    const states = nodes.map(stateOf);
    if (nodes.length === 1) return () => pick(nodes, 0);
    return () => pick(nodes, cheaperOfTwo(states, clock.now()));
  };
}

function cheaperOfTwo(states: readonly NodeState[], now: number): number {
  const first = Math.floor(Math.random() * states.length);
  let second = Math.floor(Math.random() * (states.length - 1));
  if (second >= first) second++;
  const firstState = states[first];
  const secondState = states[second];
  const cost = firstState?.cost(now) ?? 0;
  const otherCost = secondState?.cost(now) ?? 0;
  if (Math.min(cost, otherCost) >= barred) return cheapest(states, now);
  // the first is random already: nodes that are nearly as fast share calls, unless one has more in flight
  const busier = (firstState?.outstanding ?? 0) > (secondState?.outstanding ?? 0);
  return cost <= (busier ? otherCost : nearly * otherCost) ? first : second;
}

/** A node counts as equally good up to this multiple of the other's cost: smaller differences are chance. */
const nearly = 1.5;

/** Costs from here on stand for a node that is ejected, on trial and busy, or degraded. */
const barred = 1e12;

function cheapest(states: readonly NodeState[], now: number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, state] of states.entries()) {
    const cost = state.cost(now);
    if (cost < least) [best, least] = [index, cost];
  }
  return best;
}

function pick(nodes: readonly Node[], index: number): Node {
  const node = nodes[index];
  if (!node) throw new RangeError(`pick node ${index} of ${nodes.length}`);
  return node;
}
