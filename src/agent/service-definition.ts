import { badRequest, type MicroError } from "../core/errors.js";
import { readCheck, readOwnChecks } from "./check-definition.js";
import { Fields, readFields } from "./fields.js";
import { type CheckDefinition, limits, type ServiceDefinition } from "./model.js";

/** A service, and the checks registered with it. */
export interface ServiceRegistration {
  readonly service: ServiceDefinition;
  readonly checks: readonly CheckDefinition[];
}

/**
 * Reads the body of `PUT /v1/agent/service/register`. Unknown members are ignored, because newer clients send more.
 * @throws {MicroError} 400 with Consul's text.
 */
export function readRegistration(body: string): ServiceRegistration {
  const fields = readFields(body);
  const service = readService(fields);
  return { service, checks: readOwnChecks(fields, service) };
}

/** Reads the body of `PUT /v1/agent/check/register`. @throws {MicroError} 400 with Consul's text. */
export function readCheckRegistration(body: string): CheckDefinition {
  const fields = readFields(body);
  const name = bounded("check name", fields.text("Name"));
  if (name === "") throw refused("Missing check name");
  const id = bounded("check id", fields.text("ID") || fields.text("CheckID") || name);
  return readCheck(fields, { id, name, serviceId: bounded("service id", fields.text("ServiceID")) });
}

/** Reads the members of a service whose name is known. @throws {MicroError} 400 with Consul's text. */
export function readService(fields: Fields, name = fields.text("Name")): ServiceDefinition {
  bounded("service name", name);
  if (name === "") throw refused("Missing service name");
  const address = bounded("address", fields.text("Address"));
  if (["0.0.0.0", "::", "[::]"].includes(address)) throw refused("Invalid service address");
  const port = fields.integer("Port");
  const tagged = readTaggedAddresses(fields);
  return {
    id: bounded("service id", fields.text("ID") || name),
    name,
    tags: readTags(fields),
    address,
    port,
    meta: readMeta(fields),
    taggedAddresses: Object.keys(tagged).length > 0 ? tagged : defaultTagged(address, port),
    weights: readWeights(fields),
    enableTagOverride: fields.flag("EnableTagOverride"),
  };
}

function readTags(fields: Fields): readonly string[] {
  const tags = fields.texts("Tags");
  if (tags.length > limits.tags) throw refused(`Too many tags: ${tags.length}, at most ${limits.tags}`);
  return tags;
}

function readMeta(fields: Fields): Readonly<Record<string, string>> {
  return checkedMeta("Service", fields.textMap("Meta"));
}

/** Checks the bounds of metadata. @throws {MicroError} 400 with Consul's text. */
export function checkedMeta(
  of: "Service" | "Node",
  meta: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const pairs = Object.entries(meta);
  if (pairs.length > limits.metaPairs)
    throw refused(`Invalid ${of} Meta: Node metadata cannot contain more than ${limits.metaPairs} key`);
  for (const [key, value] of pairs) {
    const load = `Invalid ${of} Meta: Couldn't load metadata pair ('${key}', '${value}')`;
    if (!/^[a-zA-Z0-9_-]+$/.test(key)) throw refused(`${load}: Key contains invalid characters`);
    if (key.length > 128 || value.length > 512) throw refused(`${load}: too long`);
  }
  return meta;
}

function readTaggedAddresses(fields: Fields): ServiceDefinition["taggedAddresses"] {
  const entries = Object.entries(fields.object("TaggedAddresses") ?? {});
  if (entries.length > 16) throw refused("Too many tagged addresses: at most 16");
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const tagged = new Fields(typeof value === "object" && value !== null ? value : {});
      return [name, { Address: bounded("address", tagged.text("Address")), Port: tagged.integer("Port") }];
    }),
  );
}

/** Source: Consul's answers for a service with a plain IPv4 address. */
function defaultTagged(address: string, port: number): ServiceDefinition["taggedAddresses"] {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return {};
  return { lan_ipv4: { Address: address, Port: port }, wan_ipv4: { Address: address, Port: port } };
}

function readWeights(fields: Fields): ServiceDefinition["weights"] {
  const value = fields.object("Weights");
  if (value === undefined) return { Passing: 1, Warning: 1 };
  const weights = new Fields(value);
  const passing = weights.integer("Passing");
  if (passing < 1) throw refused("Invalid Weights: Passing must be greater than 0");
  return { Passing: passing, Warning: weights.integer("Warning") };
}

/**
 * Checks the length of a name or id. NUL is not allowed, because it separates the parts of keys. @throws {MicroError}
 * 400
 */
export function bounded(what: string, text: string): string {
  if (text.includes("\0")) throw refused(`Invalid ${what}: contains NUL`);
  if (text.length > limits.name) throw refused(`Invalid ${what}: longer than ${limits.name} characters`);
  return text;
}

function refused(detail: string): MicroError {
  return badRequest("go.micro.agent", detail);
}
