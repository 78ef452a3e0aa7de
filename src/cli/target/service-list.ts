import { pool } from "../../core/async/pool.js";
import type { Service } from "../../core/service.js";
import { matchesGlob } from "../../core/text/glob.js";
import { isHealthy, isUnchecked } from "../../registry/wire/group-by-version.js";
import { sorted } from "../output/service-text.js";
import { table } from "../output/table.js";
import type { Terminal } from "../output/terminal.js";
import { sanitise } from "../sanitise.js";
import type { Lookup } from "./lookup.js";

/** A service of the list. What was not read, or not in time, is null. */
export interface Listed {
  readonly name: string;
  readonly versions: readonly string[] | null;
  readonly nodes?: number | null;
  /** Number of nodes whose check does not fail, including unchecked ones. */
  readonly passing?: number | null;
  readonly unchecked?: number | null;
  readonly endpoints?: readonly string[];
}

const width = 16;
/** Time limit for the registry in milliseconds. */
const listTimeout = 1000;

/** Lists every name that matches, sorted bytewise. Reads the catalog once. */
export async function listNames({ registry, signal }: Lookup, filter?: string): Promise<Listed[]> {
  const names = (await registry.listServices({ signal })).map(({ name }) => name);
  return names
    .filter((name) => filter === undefined || matchesGlob(filter, name))
    .sort()
    .map((name) => ({ name, versions: null }));
}

/** Adds versions, nodes and endpoints, 16 services at a time. What takes longer than a second in total stays null. */
export async function listDetails(
  listed: readonly Listed[],
  { registry, signal }: Lookup,
): Promise<Listed[]> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(listTimeout)]);
  return pool(listed, width, async ({ name }) => {
    try {
      return described(name, await registry.getService(name, { signal: limit, unhealthy: true }));
    } catch {
      signal.throwIfAborted();
      return { name, versions: null, nodes: null, passing: null, unchecked: null, endpoints: [] };
    }
  });
}

function described(name: string, services: readonly Service[]): Listed {
  const nodes = services.flatMap((service) => service.nodes);
  return {
    name,
    versions: sorted(services).map(({ version }) => version),
    nodes: nodes.length,
    passing: nodes.filter(isHealthy).length,
    unchecked: nodes.filter(isUnchecked).length,
    endpoints: [
      ...new Set(services.flatMap((service) => service.endpoints.map((endpoint) => endpoint.name))),
    ].sort(),
  };
}

/** Formats the list for people. */
export function listTable(listed: readonly Listed[], talk: Terminal): Promise<string> {
  const columns = [
    { head: "NAME", whole: true },
    { head: "VERSIONS" },
    { head: "NODES", right: true },
    { head: "HEALTH", paint: (cell: string) => paintHealth(cell, talk) },
  ];
  const rows = listed.map((service) => [
    service.name,
    service.versions?.join(", ") ?? "-",
    String(service.nodes ?? "-"),
    healthText(service),
  ]);
  return table(columns, rows, talk);
}

function paintHealth(health: string, { out }: Terminal): string {
  if (health === "-" || health.endsWith("unchecked")) return out.dim(health);
  return health === "healthy" ? out.green(health) : out.red(health);
}

/**
 * Summarises the health of the nodes, in the words of the dashboard. `healthy` only if every node has a passing check.
 */
export function healthText({ nodes, passing, unchecked }: Omit<Listed, "name" | "versions">): string {
  if (typeof nodes !== "number" || typeof passing !== "number") return "-";
  if (nodes === 0) return "no nodes";
  if (passing < nodes) return `${nodes - passing} of ${nodes} failing`;
  if (!unchecked) return "healthy";
  return unchecked === nodes ? "unchecked" : `${unchecked} of ${nodes} unchecked`;
}

/** Formats the list as plain text: one name per line. `long` adds versions, nodes, passing and unchecked nodes. */
export function listText(listed: readonly Listed[], long: boolean): string {
  const line = ({ name, versions, nodes, passing, unchecked }: Listed) =>
    long
      ? [name, versions?.join(",") ?? "-", nodes ?? "-", passing ?? "-", unchecked ?? "-"]
          .map((cell) => sanitise(String(cell)))
          .join("\t")
      : sanitise(name);
  return listed.map(line).join("\n");
}
