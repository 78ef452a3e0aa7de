import type { Endpoint, Metadata, Node, Service, Value } from "../../core/service.js";
import { wireEndpoints } from "../../core/text/field-names.js";
import { sanitise } from "../sanitise.js";

/** Sorts a service: versions ascending, nodes by id, endpoints by name. */
export function sorted(services: readonly Service[]): Service[] {
  const byName =
    <T>(key: (item: T) => string) =>
    (a: T, b: T) =>
      key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
  return services
    .map((service) => ({
      ...service,
      nodes: [...service.nodes].sort(byName(({ id }: Node) => id)),
      endpoints: [...service.endpoints].sort(byName(({ name }: Endpoint) => name)),
    }))
    .sort((a, b) => compareVersions(a.version, b.version));
}

/** Created only for two versions or more: loading its tables takes 6 ms. */
let collator: Intl.Collator | undefined;

function compareVersions(a: string, b: string): number {
  collator ??= new Intl.Collator("en", { numeric: true });
  return collator.compare(a, b);
}

/** Formats a service as the original does, in a fixed order. Source: `get service` of 2016. */
export function serviceText(name: string, services: readonly Service[]): string {
  const ordered = sorted(services);
  const highest = ordered.at(-1);
  const endpoints = highest ? wireEndpoints(highest) : [];
  const blocks = [`service  ${sanitise(name)}\n`, ...ordered.map(versionText)];
  return [...blocks, ...(endpoints.length > 0 ? [endpointsText(endpoints)] : [])].join("\n");
}

function versionText({ version, nodes }: Service): string {
  const rows = nodes.map(
    ({ id, address, port, metadata }) =>
      `${sanitise(id)}\t${sanitise(address)}\t${port}\t${metadataText(metadata)}\n`,
  );
  return `version ${sanitise(version)}\n\nId\tAddress\tPort\tMetadata\n${rows.join("")}`;
}

/** Formats metadata as `k=v,k=v`, sorted by key. */
export function metadataText(metadata: Metadata): string {
  const keys = Object.keys(metadata).sort();
  return keys.map((key) => `${sanitise(key)}=${sanitise(metadata[key] ?? "")}`).join(",");
}

function endpointsText(endpoints: readonly Endpoint[]): string {
  return endpoints.map((endpoint) => `${endpointText(endpoint)}\n`).join("\n\n");
}

/** Formats an endpoint with its two types. */
function endpointText({ name, metadata, request, response }: Endpoint): string {
  const head = `Endpoint: ${sanitise(name)}\nMetadata: ${metadataText(metadata)}\n`;
  return `${head}\nRequest: ${fieldsText(request, 0)}\n\nResponse: ${fieldsText(response, 0)}\n`;
}

function fieldsText(value: Value | null, depth: number): string {
  if (!value || value.values.length === 0) return "{}";
  const lines = value.values.map((field) => `${"\t".repeat(depth + 1)}${fieldText(field, depth + 1)}\n`);
  return `{\n${lines.join("")}${"\t".repeat(depth)}}`;
}

function fieldText(field: Value, depth: number): string {
  const head = `${sanitise(field.name)} ${sanitise(field.type)}`;
  return field.values.length === 0 ? head : `${head} ${fieldsText(field, depth)}`;
}
