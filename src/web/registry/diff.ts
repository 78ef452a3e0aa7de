import { formatAddress } from "../../core/net/address.js";
import type { Node, Service } from "../../core/service.js";
import type { News } from "./timeline.js";

/** The changes between two states of a service version. `alone` is true if the service has no other version. */
export function newsOf(
  before: Service | undefined,
  after: Service | undefined,
  alone: boolean,
): readonly News[] {
  if (before === undefined && after === undefined) return [];
  const { name, version } = after ?? before ?? { name: "", version: "" };
  if (before === undefined)
    return [{ kind: alone ? "service-added" : "version-added", service: name, version }];
  if (after === undefined)
    return [{ kind: alone ? "service-removed" : "version-removed", service: name, version }];
  return nodeNews(before, after);
}

function nodeNews(before: Service, after: Service): readonly News[] {
  const { name: service, version } = after;
  const old = new Map(before.nodes.map((node) => [node.id, node]));
  const fresh = new Map(after.nodes.map((node) => [node.id, node]));
  const removed = before.nodes.filter((node) => !fresh.has(node.id));
  const news: News[] = removed.map((node) => ({ kind: "node-removed", ...about(node) }));
  for (const node of after.nodes) {
    const known = old.get(node.id);
    if (known === undefined) news.push({ kind: "node-added", ...about(node) });
    else if (fails(known) !== fails(node))
      news.push({ kind: fails(node) ? "node-failing" : "node-recovered", ...about(node) });
  }
  return news;

  function about(node: Node) {
    return {
      service,
      version,
      node: node.id,
      address: formatAddress({ host: node.address, port: node.port }),
    };
  }
}

/** True if the registry's health check of the node fails. */
export function fails(node: Node): boolean {
  return node.status === "critical";
}
