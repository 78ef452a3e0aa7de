import { pool } from "../../core/async/pool.js";
import { MicroError } from "../../core/errors.js";
import type { Endpoint, Service, Value } from "../../core/service.js";
import type { Registry } from "../../registry/registry.js";
import type { Lookup } from "./lookup.js";

/** A registry that can find the services with a method. */
interface EndpointSearch {
  servicesWith(method: string, options: { readonly signal: AbortSignal }): Promise<readonly Service[]>;
}

/** The services found, and all methods seen during the search. */
interface Found {
  readonly names: readonly string[];
  readonly methods: ReadonlySet<string>;
}

const width = 16;

/** Finds the services with a method. Services that take gateway requests count only if no other has it. */
export async function searchServices(
  method: string,
  lookup: Lookup,
  names: () => Promise<readonly string[]>,
): Promise<Found> {
  const found = canSearch(lookup.registry) ? await lookup.registry.servicesWith(method, lookup) : [];
  if (found.length > 0) {
    const having = [...new Set(found.map(({ name }) => name))].sort();
    const endpoints = having.map((name) =>
      found.filter((service) => service.name === name).flatMap((service) => service.endpoints),
    );
    return { names: answering(method, having, endpoints), methods: new Set() };
  }
  const all = (await names()).filter((name) => !name.startsWith("topic:"));
  const endpoints = await endpointsOf(all, lookup);
  return {
    names: answering(method, all, endpoints),
    methods: new Set(endpoints.flat().map(({ name }) => name)),
  };
}

/** Reads the endpoints of each service, 16 services at a time. Empty for a service that is gone. */
export function endpointsOf(
  services: readonly string[],
  { registry, signal }: Lookup,
): Promise<(readonly Endpoint[])[]> {
  return pool(services, width, async (name) => {
    try {
      return (await registry.getService(name, { signal })).flatMap(({ endpoints }) => endpoints);
    } catch (error) {
      if (MicroError.is(error) && error.code === 404) return [];
      throw error;
    }
  });
}

/** Returns those services that have the method; see `searchServices`. */
export function answering(
  method: string,
  names: readonly string[],
  endpoints: readonly (readonly Endpoint[])[],
): string[] {
  const found = names.map((name, index) => ({
    name,
    endpoint: endpoints[index]?.find((candidate) => candidate.name === method),
  }));
  const having = found.filter(({ endpoint }) => endpoint !== undefined);
  const direct = having.filter(({ endpoint }) => !isGatewayRequest(endpoint?.request ?? null));
  return (direct.length > 0 ? direct : having).map(({ name }) => name);
}

/** The fields of `api.Request`, into which the gateway turns an HTTP request. */
const gatewayFields = ["method", "path", "header", "get", "post", "body"];

function isGatewayRequest(request: Value | null): boolean {
  const names = new Set(request?.values.map(({ name }) => name.toLowerCase()));
  return gatewayFields.every((field) => names.has(field));
}

function canSearch(registry: Registry): registry is Registry & EndpointSearch {
  return "servicesWith" in registry;
}
