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
 * Leaves out the versions that registered endpoints, but not this one, where any other is left: while a service rolls from
 * one version to the next, a method may be of one of them alone. A registration without endpoints says nothing.
 */
export function preferEndpoint(name: string): Filter {
  return (services) => {
    if (services.length < 2 || !byEndpoint(name)(services).some(({ nodes }) => nodes.length > 0))
      return services;
    return services.filter(
      ({ endpoints }) => endpoints.length === 0 || endpoints.some((e) => e.name === name),
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

/** Leaves out nodes that were tried before. */
export function without(tried: ReadonlySet<string>): Filter {
  return (services) => keep(services, (node) => !tried.has(node.id));
}

function keep(services: readonly Service[], wanted: (node: Node) => boolean): readonly Service[] {
  return services
    .map((service) => ({ ...service, nodes: service.nodes.filter(wanted) }))
    .filter((service) => service.nodes.length > 0);
}
