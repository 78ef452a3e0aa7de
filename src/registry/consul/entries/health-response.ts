import { unavailable } from "../../../core/errors.js";
import type { Metadata, NodeStatus } from "../../../core/service.js";
import { stringifyJson } from "../../../core/text/json.js";
import { isForeign, isOfAnother, markForeign } from "../../machine.js";
import type { Entry } from "../../wire/group-by-version.js";
import { fields, nodePlace } from "../../wire/parse.js";
import type { RejectedEntry } from "../../wire/rejected-entries.js";
import type { Origin } from "../client/origin.js";
import { decodeTags } from "./tags.js";

/** Most instances of one service that are read. */
const maxEntries = 10_000;

/**
 * Reads the body of `/v1/health/service/NAME`. Instances without a version were not registered by this kind of toolkit,
 * and are skipped. `origin` is the agent that answered. `rejected` receives those that cannot be used.
 * @throws {MicroError} 503 if the body is not a list.
 */
export function readEntries(body: unknown, origin: Origin, rejected: Rejected = ignore): Entry[] {
  if (!Array.isArray(body))
    throw unavailable("go.micro.registry", "read service: the answer is not a list", {
      reason: "REGISTRY_UNREACHABLE",
    });
  return body
    .slice(0, maxEntries)
    .map((entry) => readEntry(entry, origin, rejected))
    .filter((entry) => entry !== undefined);
}

type Rejected = (entry: RejectedEntry) => void;

function ignore(): void {}

function readEntry(value: unknown, origin: Origin, rejected: Rejected): Entry | undefined {
  const entry = fields(value);
  const { Service: name, ID: id, Address: address, Port: port, Tags: tags } = fields(entry.Service);
  const { version, metadata, endpoints } = decodeTags(Array.isArray(tags) ? tags : []);
  if (typeof name !== "string" || version === undefined) return undefined;
  const place = nodePlace(text(address) || text(fields(entry.Node).Address), port ?? 0);
  if (typeof id !== "string" || id === "" || place === undefined) {
    rejected({
      service: name,
      node: text(id),
      why: place ? "no id" : `port ${stringifyJson(port)} is not a port`,
    });
    return undefined;
  }
  const status = readStatus(Array.isArray(entry.Checks) ? entry.Checks : [], id);
  const node = markForeign({ id, ...place, metadata, status }, isElsewhere(entry.Node, metadata, origin));
  return { name, version, endpoints, node };
}

/** True if a node is on another machine. A local agent knows: the entry then names the node of another agent. */
function isElsewhere(node: unknown, metadata: Metadata, { local, node: own }: Origin): boolean {
  const elsewhere = local && own !== undefined && fields(node).Node !== own;
  return elsewhere || isForeign(metadata, local);
}

/** True for a service in `/v1/agent/services` that is on another machine, by its metadata or by its address. */
export function isOfAnotherMachine(value: unknown): boolean {
  const { Address: address, Tags: tags } = fields(value);
  const { version, metadata } = decodeTags(Array.isArray(tags) ? tags : []);
  if (version === undefined) return false;
  return isForeign(metadata, true) || isOfAnother(text(address));
}

/** Critical if any check of the instance or its machine is; unknown if the instance itself has no check. */
function readStatus(checks: readonly unknown[], id: string): NodeStatus {
  const all = checks.map(fields);
  if (all.some(({ Status }) => Status === "critical")) return "critical";
  return all.some(({ ServiceID }) => ServiceID === id) ? "passing" : "unknown";
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
