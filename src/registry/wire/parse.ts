import { badRequest } from "../../core/errors.js";
import type { Endpoint, Metadata, Node, Service, Value } from "../../core/service.js";
import { parseJson } from "../../core/text/json.js";

/** Bounds on data from a registry, which is not trusted. */
export const bounds = { metadata: 256, endpoints: 1000, nodes: 10_000, depth: 16, values: 1000 } as const;

/** Reads an endpoint of the registry model from its JSON value. Undefined if it is not one. */
export function parseEndpoint(value: unknown): Endpoint | undefined {
  const { name, request, response, metadata } = fields(value);
  if (typeof name !== "string" || name === "") return undefined;
  return {
    name,
    request: parseValue(request, 0),
    response: parseValue(response, 0),
    metadata: parseMetadata(metadata),
  };
}

/** Reads a list of endpoints. Anything else in it is left out. */
export function parseEndpoints(value: unknown): Endpoint[] {
  return list(value, bounds.endpoints)
    .map(parseEndpoint)
    .filter((endpoint) => endpoint !== undefined);
}

/** Reads a map of strings. Other members are left out, as are those beyond 256. */
export function parseMetadata(value: unknown): Metadata {
  const pairs = Object.entries(fields(value)).filter(
    (pair): pair is [string, string] => typeof pair[1] === "string",
  );
  return Object.fromEntries(pairs.slice(0, bounds.metadata));
}

/** Reads a node. Undefined if it has no id, or an invalid port. */
export function parseNode(value: unknown): Node | undefined {
  const { id, address, port, metadata } = fields(value);
  if (typeof id !== "string" || id === "") return undefined;
  const place = nodePlace(typeof address === "string" ? address : "", port ?? 0);
  return place && { id, ...place, metadata: parseMetadata(metadata) };
}

/**
 * Returns address and port of a node. Go nodes since 1.8 have no port: their address is `host:port`. Undefined for an
 * invalid port.
 */
export function nodePlace(address: string, port: unknown): { address: string; port: number } | undefined {
  if (!Number.isInteger(port) || Number(port) < 0 || Number(port) > 65_535) return undefined;
  const joined = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(address);
  if (port !== 0 || joined === null) return { address: unbracketed(address), port: Number(port) };
  return nodePlace(joined[1] ?? joined[2] ?? "", Number(joined[3]));
}

function unbracketed(address: string): string {
  return /^\[([^\]]*)\]$/.exec(address)?.[1] ?? address;
}

/**
 * Parses a service from JSON text.
 * @throws {MicroError} 400 if it is not one.
 */
export function parseService(text: string): Service {
  return serviceOf(parseJson(text));
}

/**
 * Reads a service from its JSON value. Invalid parts are left out.
 * @throws {MicroError} 400 if it is not one.
 */
export function serviceOf(value: unknown): Service {
  const { name, version, endpoints, nodes } = fields(value);
  if (typeof name !== "string" || name === "")
    throw badRequest("go.micro.registry", "parse service: no name");
  return {
    name,
    version: typeof version === "string" ? version : "",
    metadata: {},
    endpoints: parseEndpoints(endpoints),
    nodes: list(nodes, bounds.nodes)
      .map(parseNode)
      .filter((node) => node !== undefined),
  };
}

function parseValue(value: unknown, depth: number): Value | null {
  if (typeof value !== "object" || value === null || depth > bounds.depth) return null;
  const { name, type, values } = fields(value);
  return {
    name: typeof name === "string" ? name : "",
    type: typeof type === "string" ? type : "",
    values: list(values, bounds.values)
      .map((child) => parseValue(child, depth + 1))
      .filter((child) => child !== null),
  };
}

function list(value: unknown, bound: number): unknown[] {
  return Array.isArray(value) ? value.slice(0, bound) : [];
}

/** Returns the members of an untrusted object. Empty if it is not an object. */
export function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
