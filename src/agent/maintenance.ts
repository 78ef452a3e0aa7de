import { badRequest, notFound } from "../core/errors.js";
import { first, type Query } from "../http/message/query.js";
import type { CheckDefinition } from "./model.js";
import type { Store } from "./store.js";

/** Source: names, ids and texts of Consul. */
const noReason = (of: string) =>
  `Maintenance mode is enabled for this ${of}, but no reason was provided. This is a default message.`;

/**
 * Puts an instance into maintenance mode by a critical check, or ends it. @throws {MicroError} 400, 404 with Consul's
 * text.
 */
export function maintainService(store: Store, id: string, query: Query): void {
  const enable = readEnable(query);
  if (!store.services.has(id) || store.services.get(id)?.node !== undefined)
    throw notFound("go.micro.agent", `No service registered with ID "${id}"`);
  const check = { id: `_service_maintenance:${id}`, name: "Service Maintenance Mode", serviceId: id };
  set(store, check, enable, first(query.reason) || noReason("service"));
}

/** Does the same for the whole node. */
export function maintainNode(store: Store, query: Query): void {
  const check = { id: "_node_maintenance", name: "Node Maintenance Mode", serviceId: "" };
  set(store, check, readEnable(query), first(query.reason) || noReason("node"));
}

function set(
  store: Store,
  check: Pick<CheckDefinition, "id" | "name" | "serviceId">,
  enable: boolean,
  notes: string,
): void {
  if (!enable) store.removeCheck(check.id);
  else if (!store.checks.has(check.id))
    store.putCheck({
      ...check,
      notes: notes.slice(0, 512),
      status: "critical",
      probe: { type: "maintenance" },
      deregisterAfter: 0,
    });
}

/** Source: the booleans of Go. */
function readEnable(query: Query): boolean {
  const value = first(query.enable);
  if (value === undefined || value === "") throw badRequest("go.micro.agent", "Missing value for enable");
  if (/^(1|t|T|true|True|TRUE)$/.test(value)) return true;
  if (/^(0|f|F|false|False|FALSE)$/.test(value)) return false;
  throw badRequest("go.micro.agent", `Invalid value for enable: "${value}"`);
}
