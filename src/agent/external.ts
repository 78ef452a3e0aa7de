import { badRequest, internal } from "../core/errors.js";
import { Fields, readFields } from "./fields.js";
import { type CheckDefinition, keyOf, limits, type NodeDefinition, type Status } from "./model.js";
import { bounded, checkedMeta, readService } from "./service-definition.js";
import type { Store } from "./store.js";
import type { AgentNode } from "./views.js";

/** A check of an external node. It is not probed: its status is what was reported. */
type ReportedCheck = CheckDefinition & { readonly output: string };

/**
 * `PUT /v1/catalog/register`: adds a node without an agent, with its service and checks, to the catalog.
 * @throws {MicroError} 500 with Consul's text. 400 for this agent's own node, which is registered through its agent.
 */
export function registerExternal(own: AgentNode, store: Store, body: string): void {
  const fields = readFields(body);
  const name = nodeName(own, fields);
  const node = store.nodes.get(name);
  const skip = fields.flag("SkipNodeUpdate") && node !== undefined;
  const definition = skip ? node : readNode(own, name, fields);
  const service = fields.object("Service");
  const read = service ? readExternalService(new Fields(service)) : undefined;
  const checks = readChecks(name, fields);
  for (const { serviceId } of checks)
    if (
      serviceId !== "" &&
      serviceId !== read?.id &&
      !store.services.has(keyOf({ id: serviceId, node: name }))
    )
      throw refused(`failed inserting check: Missing service registration on node "${name}"`);
  if (!skip) store.putNode(definition);
  if (read) store.putService({ ...read, node: name });
  for (const { output, ...check } of checks) {
    store.putCheck(check);
    store.setStatus(keyOf(check), check.status, output);
  }
}

/** `PUT /v1/catalog/deregister`: removes a check, a service or a whole node. Absent ones are not an error. */
export function deregisterExternal(own: AgentNode, store: Store, body: string): void {
  const fields = readFields(body);
  const node = nodeName(own, fields);
  const [service, check] = [fields.text("ServiceID"), fields.text("CheckID")];
  if (service !== "") store.removeService(keyOf({ id: service, node }));
  else if (check !== "") store.removeCheck(keyOf({ id: check, node }));
  else store.removeNode(node);
}

function nodeName(own: AgentNode, fields: Fields): string {
  const datacenter = fields.text("Datacenter");
  if (datacenter !== "" && datacenter !== own.datacenter) throw refused("No path to datacenter");
  const name = bounded("node name", fields.text("Node"));
  if (name === "") throw refused("Must provide node");
  if (name !== own.name) return name;
  throw badRequest(
    "go.micro.agent",
    `"${name}" is this agent's own node: use /v1/agent/service/register and /v1/agent/service/deregister/ID`,
  );
}

function readNode(own: AgentNode, name: string, fields: Fields): NodeDefinition {
  const address = bounded("address", fields.text("Address"));
  if (address === "") throw refused("Must provide address if SkipNodeUpdate is not set");
  return {
    id: bounded("node id", fields.text("ID")),
    name,
    address,
    datacenter: own.datacenter,
    taggedAddresses: fields.object("TaggedAddresses") ? fields.textMap("TaggedAddresses") : null,
    meta: fields.object("NodeMeta") ? checkedMeta("Node", fields.textMap("NodeMeta")) : null,
  };
}

function readExternalService(fields: Fields) {
  const name = fields.text("Service");
  if (name === "") throw refused("Must provide service name with ID");
  return { ...readService(fields, name), taggedAddresses: {} };
}

function readChecks(node: string, fields: Fields): readonly ReportedCheck[] {
  const one = fields.object("Check");
  const all = [...(one ? [one] : []), ...fields.list("Checks")];
  if (all.length > limits.nodeChecks) throw refused(`more than ${limits.nodeChecks} checks at once`);
  return all.map((check) => readCheck(node, new Fields(typeof check === "object" && check ? check : {})));
}

function readCheck(node: string, fields: Fields): ReportedCheck {
  const name = bounded("check name", fields.text("Name"));
  const id = bounded("check id", fields.text("CheckID") || name);
  if (id === "") throw refused("Must provide a name or an id of a check");
  return {
    id,
    name,
    node,
    serviceId: bounded("service id", fields.text("ServiceID")),
    notes: fields.text("Notes").slice(0, limits.output),
    output: fields.text("Output"),
    status: readStatus(fields.text("Status") || "critical"),
    probe: { type: "" },
    deregisterAfter: 0,
  };
}

function readStatus(text: string): Status {
  if (text === "passing" || text === "warning" || text === "critical") return text;
  throw badRequest("go.micro.agent", `Invalid check status: '${text}'`);
}

/** Source: Consul's catalog answers 500 for invalid requests. */
function refused(detail: string) {
  return internal("go.micro.agent", detail);
}
