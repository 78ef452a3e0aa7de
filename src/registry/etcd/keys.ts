import { formatAddress } from "../../core/net/address.js";
import type { Node, Service } from "../../core/service.js";
import { stringifyJson } from "../../core/text/json.js";
import { isForeign, markForeign } from "../machine.js";
import { formatService } from "../wire/format.js";
import type { Entry } from "../wire/group-by-version.js";
import { parseService } from "../wire/parse.js";

/** Where Go programs with etcd as their registry keep theirs. */
const root = "/micro/registry/";

/** Bytes of one registration that are read; more is none. */
const maxValue = 1024 * 1024;

/** The start of the keys of `service`, or of all services. */
export function prefixOf(service: string | undefined): string {
  return service === undefined ? root : `${root}${part(service)}/`;
}

/** The key of one node. Source: the etcd registry of the Go ecosystem, in which a slash becomes a dash. */
export function keyOf(service: string, node: string): string {
  return `${prefixOf(service)}${part(node)}`;
}

/**
 * The value of one node: its service with that node alone. The address holds the port, as Go programs since 1.8 want
 * it; earlier ones add a port only when there is one.
 */
export function formatNodeValue(service: Service, node: Node): string {
  const formatted = formatService({ ...service, metadata: {}, nodes: [] }) as object;
  const { id, metadata } = node;
  const address = node.port === 0 ? node.address : formatAddress({ host: node.address, port: node.port });
  return stringifyJson({ ...formatted, nodes: [{ id, address, metadata }] });
}

export interface KeyOptions {
  /** The key is held by a lease. */
  readonly leased: boolean;
  /** etcd is asked over loopback. */
  readonly local: boolean;
}

/** Reads the value of a key; what is no registration gives nothing. */
export function parseNodeValue(value: Buffer, { leased, local }: KeyOptions): Entry[] {
  const service = value.length > maxValue ? undefined : parsed(value);
  if (service === undefined) return [];
  const { name, version, endpoints, nodes } = service;
  const status = leased ? "passing" : "unknown";
  return nodes.map((node) => {
    const foreign = isForeign(node.metadata, local);
    return { name, version, endpoints, node: markForeign({ ...node, status }, foreign) };
  });
}

function parsed(value: Buffer): Service | undefined {
  try {
    return parseService(value.toString());
  } catch {
    return undefined;
  }
}

function part(name: string): string {
  return name.replaceAll("/", "-");
}
