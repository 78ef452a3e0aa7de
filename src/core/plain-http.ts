import type { Node, Service } from "./service.js";

/** True for a node that says that it speaks HTTP and no RPC: it is asked for nothing but what somebody wants of it. */
export function saysHttp({ metadata }: Pick<Node, "metadata">): boolean {
  return metadata.handler === "proxy" || metadata.handler === "http";
}

/** True for a node that says that it answers calls: the servers of each generation name themselves. */
export function saysRpc(node: Pick<Node, "metadata">): boolean {
  const { protocol, server } = node.metadata;
  return (protocol !== undefined || server !== undefined) && !saysHttp(node);
}

/** True for a node of `service` that speaks HTTP by all that is registered; web apps say nothing but their name. */
export function speaksHttp(service: Service, node: Node): boolean {
  if (saysHttp(node) || saysHttp(service)) return true;
  if (saysRpc(node)) return false;
  return service.name.startsWith("go.micro.web.") || service.endpoints.some(saysHttp);
}
