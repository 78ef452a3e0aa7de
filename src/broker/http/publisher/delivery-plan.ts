import type { Node, Service } from "../../../core/service.js";
import type { Group } from "../../fan-out.js";
import type { LocalSubscriptions } from "../receiver/local-subscriptions.js";
import { broadcast, withOwn } from "../wire/topic.js";
import { type PeerAddress, peerAddress } from "./mux-peers.js";

/** One subscriber to send to. `ordered`: it has no queue, and gets messages in order. */
export interface Recipient {
  readonly node: Node;
  readonly ordered: boolean;
}

/** Subscribers without a queue behind one port of this toolkit: one feed reaches all of them. */
export interface Port extends PeerAddress {
  /** Unique name of the port, so that another process that reuses the address does not get its messages. */
  readonly name: string;
  readonly nodes: readonly Node[];
}

/** The live subscribers of a topic, by how they are reached. */
export interface DeliveryPlan {
  readonly ports: readonly Port[];
  /** Subscribers without a queue that are reached one by one, each a group of its own. */
  readonly singles: readonly Group<Recipient>[];
  /** The members of each queue. One of them gets a message. */
  readonly queues: readonly Group<Recipient>[];
}

interface Known {
  readonly topic: string;
  readonly changes: number;
  readonly plan: DeliveryPlan;
}

/** The delivery plans of one broker. A plan is cached until a subscriber comes or goes. */
export class DeliveryPlans {
  readonly #own: LocalSubscriptions;
  readonly #isOwn: (node: Node) => boolean;
  /** By the list that the catalog returns, which is the same object until it changes. */
  readonly #known = new WeakMap<readonly Service[], Known>();

  /** `isOwn` recognises the subscribers of this broker, which are called directly. */
  constructor(own: LocalSubscriptions, isOwn: (node: Node) => boolean) {
    this.#own = own;
    this.#isOwn = isOwn;
  }

  /** Returns the plan for `topic`, whose subscribers in the registry are `versions`. */
  of(topic: string, versions: readonly Service[]): DeliveryPlan {
    const known = this.#known.get(versions);
    const { changes, size } = this.#own;
    if (known?.topic === topic && known.changes === changes) return known.plan;
    const all = size === 0 ? versions : withOwn(versions, this.#own.services(topic), this.#isOwn);
    const plan = makePlan(all, this.#isOwn);
    this.#known.set(versions, { topic, changes, plan });
    return plan;
  }
}

function makePlan(versions: readonly Service[], isOwn: (node: Node) => boolean): DeliveryPlan {
  const behindPorts: Node[] = [];
  const singles: Group<Recipient>[] = [];
  const queues: Group<Recipient>[] = [];
  for (const { version, nodes } of versions) {
    const live = nodes.filter(isLive);
    if (version === broadcast)
      for (const node of live)
        if (feeds(node) && !isOwn(node)) behindPorts.push(node);
        else singles.push([{ node, ordered: true }]);
    else if (live.length > 0) queues.push(live.map((node) => ({ node, ordered: false })));
  }
  return { ports: portsOf(behindPorts), singles, queues };
}

/** True for a subscriber whose port accepts feeds. */
function feeds({ metadata }: Node): boolean {
  return metadata.mux === "1" && metadata.port !== undefined;
}

function portsOf(nodes: readonly Node[]): readonly Port[] {
  const ports = new Map<string, Port & { readonly nodes: Node[] }>();
  for (const node of nodes) {
    const { port: name = "" } = node.metadata;
    const peer = peerAddress(node);
    const key = `${peer.address} ${peer.foreign} ${name}`;
    const port = ports.get(key);
    if (port) port.nodes.push(node);
    else ports.set(key, { name, ...peer, nodes: [node] });
  }
  return [...ports.values()];
}

function isLive({ status }: Node): boolean {
  return status !== "critical";
}
