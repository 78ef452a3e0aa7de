import type { Endpoint, Node, Service, Value } from "../../core/service.js";
import { parseJson } from "../../core/text/json.js";
import { CliError } from "../errors.js";

/** A service as written for `register` and `deregister`, and the keys that were not recognised. */
export interface ServiceInput {
  readonly service: Service;
  readonly unknown: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Returns the members of an object with these names, in any case. */
type Take = (value: unknown, what: string, keys: readonly string[], ignored?: readonly string[]) => Fields;

/** Deepest type, and longest list. */
const limits = { depth: 16, list: 10_000 };

/**
 * Reads one definition, or a list as `get service --json` prints it. Keys may be in any case, as in Go.
 * @throws {CliError} BAD_REQUEST
 */
export function readServiceInput(text: string): readonly ServiceInput[] {
  const value = parseJson(text);
  if (!Array.isArray(value)) return [readDefinition(value, "the definition")];
  if (value.length === 0) throw bad("the list has no definition");
  return value.map((definition, index) => readDefinition(definition, `definition ${index + 1}`));
}

function readDefinition(value: unknown, what: string): ServiceInput {
  const unknown: string[] = [];
  const take: Take = (value, what, keys, ignored = []) => pick(value, what, { keys, ignored, unknown });
  const definition = take(value, what, ["name", "version", "metadata", "nodes", "endpoints"]);
  const { name, version, metadata, nodes } = definition;
  if (typeof name !== "string" || name === "") throw bad(`${what} has no name`);
  if (!Array.isArray(nodes) || nodes.length === 0) throw bad(`service "${name}": require at least one node`);
  const service = {
    name,
    version: textOf(version, "version"),
    metadata: strings(metadata, "metadata"),
    endpoints: list(definition.endpoints, "endpoints").map((value, index) =>
      readEndpoint(value, index, take),
    ),
    nodes: list(nodes, "nodes").map((value, index) => readNode(value, index, take)),
  };
  return { service, unknown };
}

interface Picking {
  readonly keys: readonly string[];
  /** Keys that `get service --json` adds. They are derived from the others. */
  readonly ignored: readonly string[];
  readonly unknown: string[];
}

function pick(value: unknown, what: string, { keys, ignored, unknown }: Picking): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw bad(`${what} is not an object`);
  const found: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const known = keys.find((name) => name === key.toLowerCase());
    if (known) found[known] = member;
    else if (!ignored.includes(key.toLowerCase())) unknown.push(key);
  }
  return found;
}

function readNode(value: unknown, index: number, take: Take): Node {
  const where = `nodes[${index}]`;
  const { id, address, port, metadata } = take(
    value,
    where,
    ["id", "address", "port", "metadata"],
    ["status"],
  );
  if (typeof id !== "string" || id === "") throw bad(`${where} has no id`);
  const number = port ?? 0;
  if (typeof number !== "number" || !Number.isInteger(number) || number < 0 || number > 65_535)
    throw bad(`${where}.port is not a port number`);
  return {
    id,
    address: textOf(address, `${where}.address`),
    port: number,
    metadata: strings(metadata, `${where}.metadata`),
  };
}

function readEndpoint(value: unknown, index: number, take: Take): Endpoint {
  const where = `endpoints[${index}]`;
  const keys = ["name", "request", "response", "metadata"];
  const { name, request, response, metadata } = take(value, where, keys, ["schema"]);
  if (typeof name !== "string" || name === "") throw bad(`${where} has no name`);
  return {
    name,
    request: readType(request, `${where}.request`, take),
    response: readType(response, `${where}.response`, take),
    metadata: strings(metadata, `${where}.metadata`),
  };
}

function readType(value: unknown, where: string, take: Take, depth = 0): Value | null {
  if (value === null || value === undefined) return null;
  if (depth > limits.depth) throw bad(`${where}: nested deeper than ${limits.depth}`);
  const { name, type, values } = take(value, where, ["name", "type", "values"]);
  const fields = list(values, `${where}.values`).map((field) => readType(field, where, take, depth + 1));
  return {
    name: textOf(name, `${where}.name`),
    type: textOf(type, `${where}.type`),
    values: fields.filter((field) => field !== null),
  };
}

function list(value: unknown, where: string): readonly unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw bad(`${where} is not a list`);
  if (value.length > limits.list) throw bad(`${where}: more than ${limits.list}`);
  return value;
}

function textOf(value: unknown, where: string): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") throw bad(`${where} is not a string`);
  return value;
}

/** Converts numbers and booleans to text: the registry stores only text. */
function strings(value: unknown, where: string): Record<string, string> {
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw bad(`${where} is not an object`);
  const members = Object.entries(value).map(([key, member]) => {
    if (typeof member === "object" && member !== null) throw bad(`${where}.${key} is not a string`);
    return [key, member === null ? "" : String(member)];
  });
  return Object.fromEntries(members);
}

function bad(message: string): CliError {
  return new CliError("BAD_REQUEST", message);
}
