import { formatAddress } from "../core/net/address.js";
import type { Node, Service } from "../core/service.js";
import type { Filter } from "./selector.js";

/** Keeps only the version `version`. */
export function byVersion(version: string): Filter {
  return (services) => services.filter((service) => service.version === version);
}

/** Keeps only versions that registered the endpoint `name`. */
export function byEndpoint(name: string): Filter {
  return (services) =>
    services.filter((service) => service.endpoints.some((endpoint) => endpoint.name === name));
}

/**
 * Drops versions that registered endpoints but not this one, if another version remains. During a rolling update, only
 * one of the versions may have a method. A version without any registered endpoints may have it.
 */
export function preferEndpoint(name: string): Filter {
  return (services) => {
    if (services.length < 2 || !byEndpoint(name)(services).some(({ nodes }) => nodes.length > 0))
      return services;
    return services.filter(
      ({ endpoints }) => endpoints.length === 0 || endpoints.some((endpoint) => endpoint.name === name),
    );
  };
}

/** Keeps only nodes whose metadata has `value` under `key`. */
export function byLabel(key: string, value: string): Filter {
  return (services) => keep(services, (node) => node.metadata[key] === value);
}

/** Keeps only one node, given by its id or its `host:port`. */
export function byNode(idOrAddress: string): Filter {
  return (services) =>
    keep(
      services,
      (node) =>
        node.id === idOrAddress || formatAddress({ host: node.address, port: node.port }) === idOrAddress,
    );
}

/** Drops nodes that were tried before. */
export function without(tried: ReadonlySet<string>): Filter {
  return (services) => keep(services, (node) => !tried.has(node.id));
}

function keep(services: readonly Service[], wanted: (node: Node) => boolean): readonly Service[] {
  return services
    .map((service) => ({ ...service, nodes: service.nodes.filter(wanted) }))
    .filter((service) => service.nodes.length > 0);
}
