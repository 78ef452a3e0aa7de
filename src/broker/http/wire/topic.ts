import type { Node, Service } from "../../../core/service.js";

/** The version under which subscribers without a queue register. Source: the HTTP broker of the Go ecosystem. */
export const broadcast = "ff.http.broadcast";

/** Returns the service name under which the subscribers of a topic register, with one version for each queue. */
export function topicService(topic: string): string {
  return `topic:${topic}`;
}

/** Returns the topic of a subscriber's service. */
export function topicOf({ name }: Service): string {
  return name.slice("topic:".length);
}

/** Describes one subscriber as a service for the registry. */
export function subscriberService(topic: string, queue: string | undefined, node: Node): Service {
  return {
    name: topicService(topic),
    version: queue ?? broadcast,
    metadata: {},
    endpoints: [],
    nodes: [node],
  };
}

/**
 * Replaces this process's own subscribers in `known` by their current state: the registry may lag behind. `mine`
 * recognises them.
 */
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
