import { isIPv4 } from "node:net";
import { hostname } from "node:os";
import { deflateSync, inflateSync } from "node:zlib";
import type { Packet, Place, Resource, SrvData } from "multicast-dns";
import { badRequest } from "../../core/errors.js";
import { parseJson } from "../../core/text/json.js";
import { isOwnAddress, markForeign, mayBeLoopback } from "../machine.js";
import { formatEndpoint } from "../wire/format.js";
import type { Entry } from "../wire/group-by-version.js";
import { fields, parseEndpoints, parseMetadata } from "../wire/parse.js";

/** Domains that Go programs use: `local` up to go-micro 1.9, `micro` from 1.10. */
export const domains = ["local", "micro"] as const;

/** Name under which the services are listed. */
export const listing = "_services";

/** TTL of a record in seconds. Source: Go programs. */
const lifetime = 120;
const maxText = 64 * 1024;
/** Largest description in hexadecimal digits: it must fit into a packet with the rest. */
const maxHex = 60_000;

/** A node read from a packet. `gone`: the packet says goodbye. */
export interface Heard {
  readonly entry: Entry;
  readonly gone: boolean;
}

/** Returns the records of a node in `domain`, in the order of Go programs. With `gone`, they say goodbye. */
export function nodeRecords(entry: Entry, domain: string, options: { gone?: boolean } = {}): Resource[] {
  const name = instanceName(entry, domain);
  const ttl = options.gone ? 0 : lifetime;
  const { address, port } = entry.node;
  const target = hostname();
  return [
    { name, type: "SRV", ttl, data: { priority: 10, weight: 1, port, target } satisfies SrvData },
    { name: target, type: isIPv4(address) ? "A" : "AAAA", ttl, data: address },
    { name, type: "TXT", ttl, data: textOf(entry) },
  ];
}

/** Returns the records that list `service` in `domain`. Only the name matters in them. */
export function listingRecords(service: string, domain: string): Resource[] {
  const name = checkedName(`${service}.${listing}.${domain}`);
  const data = { priority: 10, weight: 1, port: 9999, target: hostname() };
  return [
    pointer(`${listing}.${domain}`, name),
    { name, type: "SRV", ttl: lifetime, data },
    { name: hostname(), type: "A", ttl: lifetime, data: "0.0.0.0" },
    { name, type: "TXT", ttl: lifetime, data: [] },
  ];
}

/** Returns a PTR record that answers a question for `name` with `target`. */
export function pointer(name: string, target: string): Resource {
  return { name, type: "PTR", ttl: lifetime, data: target };
}

/** @throws {MicroError} 400 when it is too long for DNS. */
export function instanceName(entry: Entry, domain: string): string {
  return checkedName(`${entry.node.id}.${entry.name}.${domain}`);
}

/** @throws {MicroError} 400 when it is too long for DNS. */
export function serviceName(service: string, domain: string): string {
  return checkedName(`${service}.${domain}`);
}

/** Reads the nodes in the records of `packet`, which came from the address `from`. Incomplete nodes are skipped. */
export function readNodes({ answers = [], additionals = [] }: Packet, from: Pick<Place, "address">): Heard[] {
  const records = [...answers, ...additionals];
  return records
    .filter(({ type }) => type === "TXT")
    .map((text) => readNode(text, records))
    .filter((read) => read !== undefined)
    .map((read) => (mayBeLoopback(read.entry.node.address) ? sentBy(read, from.address) : read));
}

/** Marks a node by its sender: it is on the machine that announces it. */
function sentBy({ entry, gone }: Heard, sender: string): Heard {
  return { entry: { ...entry, node: markForeign(entry.node, !isOwnAddress(sender)) }, gone };
}

/** Reads the names of services that the answers of `packet` list. */
export function readListing({ answers = [] }: Packet): string[] {
  return answers.flatMap(({ name, type, data, ttl }) => {
    const domain = domains.find((known) => name === `${listing}.${known}`);
    const end = `.${listing}.${domain}`;
    if (domain === undefined || type !== "PTR" || typeof data !== "string" || ttl === 0) return [];
    return data.endsWith(end) ? [data.slice(0, -end.length)] : [];
  });
}

function readNode(text: Resource, records: readonly Resource[]): Heard | undefined {
  const srv = records.find(({ type, name }) => type === "SRV" && name === text.name);
  const { port, target } = fields(srv?.data);
  const host = records.find(({ type, name }) => (type === "A" || type === "AAAA") && name === target);
  const described = describe(text.data);
  if (described === undefined || typeof port !== "number" || typeof host?.data !== "string") return undefined;
  const id = nodeId(text.name, described.name);
  if (id === undefined) return undefined;
  const { metadata, ...rest } = described;
  const node = { id, address: host.data, port, metadata, status: "passing" as const };
  return { entry: { ...rest, node }, gone: text.ttl === 0 };
}

/** The part of an instance name before service and domain. */
function nodeId(instance: string, service: string): string | undefined {
  const end = domains.map((domain) => `.${service}.${domain}`).find((suffix) => instance.endsWith(suffix));
  return end === undefined || instance.length === end.length ? undefined : instance.slice(0, -end.length);
}

/** Decodes the TXT record of a node: JSON, compressed with zlib, in hexadecimal, split into strings. */
function describe(data: unknown): (Omit<Entry, "node"> & Pick<Entry["node"], "metadata">) | undefined {
  try {
    const hex = (data as Buffer[]).map(String).join("");
    if (hex === "" || hex.length > maxHex || !/^[0-9a-f]+$/i.test(hex)) return undefined;
    const json = inflateSync(Buffer.from(hex, "hex"), { maxOutputLength: maxText }).toString();
    const { Service: name, Version: version, Endpoints, Metadata } = fields(parseJson(json));
    if (typeof name !== "string" || name === "" || typeof version !== "string") return undefined;
    return { name, version, endpoints: parseEndpoints(Endpoints), metadata: parseMetadata(Metadata) };
  } catch {
    return undefined;
  }
}

function textOf({ name, version, endpoints, node }: Entry): Buffer[] {
  const described = {
    Service: name,
    Version: version,
    Endpoints: endpoints.length > 0 ? endpoints.map(formatEndpoint) : null,
    Metadata: node.metadata,
  };
  const hex = deflateSync(JSON.stringify(described)).toString("hex");
  if (hex.length > maxHex)
    throw badRequest("go.micro.registry", `register service "${name}": too large to describe over mDNS`);
  return (hex.match(/.{1,255}/g) ?? []).map((part) => Buffer.from(part));
}

function checkedName(name: string): string {
  const labels = name.split(".").map((label) => Buffer.byteLength(label));
  const wrong = labels.some((length) => length === 0 || length > 63);
  if (wrong || Buffer.byteLength(name) > 250)
    throw badRequest(
      "go.micro.registry",
      `name "${name}": not a DNS name: its labels have 1 to 63 bytes, and together at most 250`,
    );
  return name;
}
