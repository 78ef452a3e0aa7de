import type { Node, Service } from "../../core/service.js";
import { type Group, inRandomOrder } from "../fan-out.js";

/** The version under which subscribers without a queue register. Source: the HTTP broker of the Go ecosystem. */
export const broadcast = "ff.http.broadcast";

/** The name under which the subscribers of a topic register: one version for each queue. */
export function topicService(topic: string): string {
  return `topic:${topic}`;
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

/** Who takes a message: each broadcast subscriber alone, and each queue's members in random order. */
export function subscriberGroups(versions: readonly Service[]): Group<Target>[] {
  return versions.flatMap(({ version, nodes }) => {
    if (version === broadcast) return nodes.map((node) => [{ node, ordered: true }]);
    return nodes.length === 0 ? [] : [inRandomOrder(nodes).map((node) => ({ node, ordered: false }))];
  });
}
