import type { Service } from "../../../core/service.js";
import { groupByVersion } from "../../wire/group-by-version.js";
import { fields } from "../../wire/parse.js";
import type { Said } from "../client/origin.js";
import { readEntries } from "./health-response.js";

/** One read of `/v1/health/service/NAME`, and what the lists of all services must contain as long as it is current. */
export interface HealthReading {
  /** Every version, with its critical nodes. */
  readonly services: readonly Service[];
  /** The tags of all instances, as one text. Undefined if there is no instance. */
  readonly tags: string | undefined;
  /** The checks of all instances, as one text. */
  readonly checks: string;
  /** The checks of each machine with an instance, by machine name. */
  readonly machines: ReadonlyMap<string, string>;
}

/** The checks in `/v1/health/state/any`, by service name and by machine name. */
export interface CheckList {
  readonly services: ReadonlyMap<string, string>;
  readonly machines: ReadonlyMap<string, string>;
}

/** @throws {MicroError} 503 if the body is not a list. */
export function readHealth({ body, origin }: Said): HealthReading {
  const entries = readEntries(body, origin);
  const all = (body as readonly unknown[]).map(fields);
  const tags = new Set(all.flatMap(({ Service }) => listOf(fields(Service).Tags)));
  const { services, machines } = new Sorter(all.flatMap(({ Checks }) => listOf(Checks)));
  for (const { Node } of all) {
    const machine = String(fields(Node).Node);
    if (!machines.has(machine)) machines.set(machine, "");
  }
  return {
    services: groupByVersion(entries),
    tags: all.length === 0 ? undefined : textOf(tags),
    checks: [...services.values()].join(),
    machines,
  };
}

/** Reads the body of `/v1/health/state/any`. */
export function readChecks(body: unknown): CheckList {
  return new Sorter(listOf(body));
}

/** Reads the body of `/v1/catalog/services`: the tags of each service as one text. */
export function readTagLists(body: unknown): Map<string, string> {
  return new Map(Object.entries(fields(body)).map(([name, tags]) => [name, textOf(new Set(listOf(tags)))]));
}

/** True if the tags contain a version, as those of every service of this toolkit do. */
export function hasVersion(tags: string): boolean {
  return /^v[-=]/m.test(tags);
}

/** Groups checks by service and by machine, each with its status. */
class Sorter implements CheckList {
  readonly services = new Map<string, string>();
  readonly machines = new Map<string, string>();

  constructor(checks: readonly unknown[]) {
    const rows = new Map<Map<string, string>, Map<string, Set<string>>>([
      [this.services, new Map()],
      [this.machines, new Map()],
    ]);
    for (const check of checks) {
      const { Node, CheckID, Status, ServiceID, ServiceName } = fields(check);
      const group = ServiceID ? this.services : this.machines;
      const name = String(ServiceID ? ServiceName : Node);
      const lines = rows.get(group)?.get(name) ?? new Set();
      rows.get(group)?.set(name, lines.add(`${Node} ${CheckID} ${Status}`));
    }
    for (const [group, byName] of rows) for (const [name, lines] of byName) group.set(name, textOf(lines));
  }
}

function textOf(lines: ReadonlySet<unknown>): string {
  return [...lines].sort().join("\n");
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
