import type { Node, Service } from "./service.js";

/**
 * True for a node whose metadata says that it speaks HTTP, not RPC. Such a node must get no requests but those of
 * users: probes could have side effects.
 */
export function saysHttp({ metadata }: Pick<Node, "metadata">): boolean {
  return metadata.handler === "proxy" || metadata.handler === "http";
}

/**
 * True for a node whose metadata says that it answers calls: servers of every generation set `protocol` or `server`.
 */
export function saysRpc(node: Pick<Node, "metadata">): boolean {
  const { protocol, server } = node.metadata;
  return (protocol !== undefined || server !== undefined) && !saysHttp(node);
}

/**
 * True if a node of `service` speaks plain HTTP, judging by everything that is registered. Web apps register nothing
 * but their name.
 */
export function speaksHttp(service: Service, node: Node): boolean {
  if (saysHttp(node) || saysHttp(service)) return true;
  if (saysRpc(node)) return false;
  return service.name.startsWith("go.micro.web.") || service.endpoints.some(saysHttp);
}
