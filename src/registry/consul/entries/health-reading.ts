import type { Service } from "../../../core/service.js";
import { groupByVersion } from "../../wire/group-by-version.js";
import { fields } from "../../wire/parse.js";
import type { Said } from "../client/origin.js";
import { readEntries } from "./health-response.js";

/** What one reading of `/v1/health/service/NAME` says, and what lists of all services must say as long as it is true. */
export interface HealthReading {
  /** Every version, with its critical nodes. */
  readonly services: readonly Service[];
  /** The tags of all instances, as one text; nothing where there is no instance. */
  readonly tags: string | undefined;
  /** The checks of all instances, as one text. */
  readonly checks: string;
  /** The checks of each machine that has an instance, by its name. */
  readonly machines: ReadonlyMap<string, string>;
}

/** The checks of `/v1/health/state/any`: of each service by its name, and of each machine. */
export interface CheckList {
  readonly services: ReadonlyMap<string, string>;
  readonly machines: ReadonlyMap<string, string>;
}

/** @throws {MicroError} 503 when it is no list. */
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

/** Reads the body of `/v1/catalog/services`: the tags of each service, as one text. */
export function readTagLists(body: unknown): Map<string, string> {
  return new Map(Object.entries(fields(body)).map(([name, tags]) => [name, textOf(new Set(listOf(tags)))]));
}

/** True when a text of tags has a version, as those of all services of this kind. */
export function hasVersion(tags: string): boolean {
  return /^v[-=]/m.test(tags);
}

/** Checks by what they are of, each with its status. */
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
      const of = ServiceID ? this.services : this.machines;
      const name = String(ServiceID ? ServiceName : Node);
      const named = rows.get(of)?.get(name) ?? new Set();
      rows.get(of)?.set(name, named.add(`${Node} ${CheckID} ${Status}`));
    }
    for (const [of, byName] of rows) for (const [name, named] of byName) of.set(name, textOf(named));
  }
}

function textOf(lines: ReadonlySet<unknown>): string {
  return [...lines].sort().join("\n");
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
