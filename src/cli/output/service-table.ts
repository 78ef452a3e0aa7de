import { formatAddress } from "../../core/net/address.js";
import type { Node, Service, Value } from "../../core/service.js";
import { wireEndpoints } from "../../core/text/field-names.js";
import { isHealthy, isUnchecked } from "../../registry/wire/group-by-version.js";
import { sanitise } from "../sanitise.js";
import { metadataText, sorted } from "./service-text.js";
import { table } from "./table.js";
import type { Terminal } from "./terminal.js";

/** Formats a service for people: a table of nodes per version, and endpoints as signatures. */
export async function serviceTable(
  name: string,
  services: readonly Service[],
  talk: Terminal,
): Promise<string> {
  const ordered = sorted(services);
  const versions = await Promise.all(ordered.map((service) => versionTable(service, talk)));
  const highest = ordered.at(-1);
  const endpoints = (highest ? wireEndpoints(highest) : []).map(
    (endpoint) =>
      `  ${talk.out.bold(sanitise(endpoint.name))}(${signature(endpoint.request)}) → ${signature(endpoint.response)}`,
  );
  const listed = endpoints.length > 0 ? [`endpoints\n${endpoints.join("\n")}`] : [];
  return [talk.out.bold(sanitise(name)), ...versions, ...listed].join("\n\n");
}

async function versionTable({ version, nodes }: Service, talk: Terminal): Promise<string> {
  const columns = [
    { head: "NODE", whole: true },
    { head: "ADDRESS", whole: true },
    {
      head: "STATUS",
      paint: (cell: string) => paintStatus(cell, talk),
    },
    { head: "METADATA" },
  ];
  const rows = nodes.map((node) => [
    node.id,
    formatAddress({ host: node.address, port: node.port }),
    statusText(node),
    metadataText(node.metadata),
  ]);
  return `version ${sanitise(version)}\n${await table(columns, rows, talk)}`;
}

/** Uses the same words as the dashboard. */
function statusText(node: Node): string {
  if (isUnchecked(node)) return "unchecked";
  return isHealthy(node) ? "passing" : "failing";
}

function paintStatus(status: string, { out }: Terminal): string {
  if (status === "unchecked") return out.dim(status);
  return status === "failing" ? out.red(status) : out.green(status);
}

const deepest = 4;

function signature(value: Value | null, depth = 0): string {
  if (!value || value.values.length === 0) return "{}";
  const fields = value.values.map((field) => {
    const type =
      field.values.length > 0 && depth < deepest ? signature(field, depth + 1) : sanitise(field.type);
    return `${sanitise(field.name)}: ${type}`;
  });
  return `{ ${fields.join(", ")} }`;
}
