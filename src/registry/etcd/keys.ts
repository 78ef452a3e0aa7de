import { textOf } from "../../core/errors.js";
import { formatAddress } from "../../core/net/address.js";
import type { Node, Service } from "../../core/service.js";
import { stringifyJson } from "../../core/text/json.js";
import { isForeign, markForeign } from "../machine.js";
import { formatService } from "../wire/format.js";
import type { Entry } from "../wire/group-by-version.js";
import { parseService } from "../wire/parse.js";

/** Prefix of all keys, the same as that of Go programs. */
const root = "/micro/registry/";

/** Largest value in bytes that is read as a registration. */
const maxValue = 1024 * 1024;

/** Returns the prefix of the keys of `service`, or of all services. */
export function prefixOf(service: string | undefined): string {
  return service === undefined ? root : `${root}${part(service)}/`;
}

/** Returns the key of one node. Source: the etcd registry of the Go ecosystem, which replaces slashes by dashes. */
export function keyOf(service: string, node: string): string {
  return `${prefixOf(service)}${part(node)}`;
}

/**
 * Returns the value for one node: its service, with that node alone. The address includes the port, as Go programs
 * since 1.8 expect. Earlier ones add a port only if there is one.
 */
export function formatNodeValue(service: Service, node: Node): string {
  const formatted = formatService({ ...service, metadata: {}, nodes: [] }) as object;
  const { id, metadata } = node;
  const address = node.port === 0 ? node.address : formatAddress({ host: node.address, port: node.port });
  return stringifyJson({ ...formatted, nodes: [{ id, address, metadata }] });
}

/** Returns the service and the node of a key. */
export function namesOf(key: string): { service: string; node: string } {
  const [service = "", node = ""] = key.slice(root.length).split("/");
  return { service, node };
}

export interface KeyOptions {
  /** True if the key has a lease. */
  readonly leased: boolean;
  /** True if etcd is reached over loopback. */
  readonly local: boolean;
  /** Receives why the value cannot be used. Default: nothing does. */
  readonly rejected?: ((why: string) => void) | undefined;
}

/** Parses the value of a key. Empty if it is not a registration. */
export function parseNodeValue(value: Buffer, { leased, local, rejected }: KeyOptions): Entry[] {
  const service = parsed(value, rejected);
  if (service === undefined) return [];
  const { name, version, endpoints, nodes } = service;
  const status = leased ? "passing" : "unknown";
  return nodes.map((node) => {
    const foreign = isForeign(node.metadata, local);
    return { name, version, endpoints, node: markForeign({ ...node, status }, foreign) };
  });
}

function parsed(value: Buffer, rejected: KeyOptions["rejected"]): Service | undefined {
  try {
    if (value.length > maxValue) throw new Error(`more than ${maxValue} bytes`);
    const service = parseService(value.toString());
    if (service.nodes.length === 0) throw new Error("no node with an id and a port");
    return service;
  } catch (error) {
    rejected?.(`not a service: ${textOf(error)}`);
    return undefined;
  }
}

function part(name: string): string {
  return name.replaceAll("/", "-");
}
