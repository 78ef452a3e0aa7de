import type { Node, Service } from "../../core/service.js";
import { type Group, inRandomOrder } from "../fan-out.js";

/** The version under which subscribers without a queue register. Source: the HTTP broker of the Go ecosystem. */
export const broadcast = "ff.http.broadcast";

/** The name under which the subscribers of a topic register: one version for each queue. */
export function topicService(topic: string): string {
  return `topic:${topic}`;
}

/** The topic of a subscriber's service. */
export function topicOf({ name }: Service): string {
  return name.slice("topic:".length);
}

/** One subscriber as a registry service. */
export function subscriberService(topic: string, queue: string | undefined, node: Node): Service {
  return {
    name: topicService(topic),
    version: queue ?? broadcast,
    metadata: {},
    endpoints: [],
    nodes: [node],
  };
}

/** One subscriber to send to; in order to one that has no queue. */
export interface Target {
  readonly node: Node;
  readonly ordered: boolean;
}

/** `known`, with the own subscribers as they are now: what the registry says of `mine` may be a moment old. */
export function withOwn(
  known: readonly Service[],
  own: readonly Service[],
  mine: (node: Node) => boolean,
): readonly Service[] {
  const versions = new Map<string, Service>();
  for (const service of known)
    versions.set(service.version, { ...service, nodes: service.nodes.filter((node) => !mine(node)) });
  for (const service of own) {
    const others = versions.get(service.version)?.nodes ?? [];
    versions.set(service.version, { ...service, nodes: [...others, ...service.nodes] });
  }
  return [...versions.values()];
}

/** Who takes a message: each broadcast subscriber alone, and each queue's members in random order; none that died. */
export function subscriberGroups(versions: readonly Service[]): Group<Target>[] {
  return versions.flatMap((version) => {
    if (version.version === broadcast) return broadcastGroups(version);
    const members = version.nodes.filter(isLive);
    return members.length === 0 ? [] : [inRandomOrder(members).map((node) => ({ node, ordered: false }))];
  });
}

/** By version as the registry's live copy has it: the same object until it changes. */
const groupsOf = new WeakMap<Service, Group<Target>[]>();

function broadcastGroups(version: Service): Group<Target>[] {
  const known = groupsOf.get(version);
  if (known) return known;
  const groups = version.nodes.filter(isLive).map((node) => [{ node, ordered: true }]);
  groupsOf.set(version, groups);
  return groups;
}

function isLive({ status }: Node): boolean {
  return status !== "critical";
}
