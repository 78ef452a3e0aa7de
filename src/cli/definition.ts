import { parseJson } from "../core/json.js";
import type { Node, Service } from "../core/service.js";
import { CliError } from "./errors.js";
import { badJson } from "./request-source.js";

/** A service as people write it for `register` and `deregister`, and the keys that mean nothing. */
export interface Definition {
  readonly service: Service;
  readonly unknown: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads a definition; keys may be in any case, as Go reads them. @throws {CliError} BAD_JSON or BAD_REQUEST. */
export function readDefinition(text: string): Definition {
  const unknown: string[] = [];
  const take = (value: unknown, what: string, keys: readonly string[]) => pick(value, what, keys, unknown);
  const { name, version, metadata, nodes } = take(parse(text), "the definition", [
    "name",
    "version",
    "metadata",
    "nodes",
    "endpoints",
  ]);
  if (typeof name !== "string" || name === "") throw bad("the definition has no name");
  if (!Array.isArray(nodes) || nodes.length === 0) throw bad(`service "${name}": require at least one node`);
  const read = nodes.map((node, index) =>
    readNode(take(node, `nodes[${index}]`, ["id", "address", "port", "metadata"]), index),
  );
  const service = { name, version: textOf(version), metadata: strings(metadata), endpoints: [], nodes: read };
  return { service, unknown };
}

function parse(text: string): unknown {
  try {
    JSON.parse(text);
  } catch (error) {
    throw badJson(text, error as Error);
  }
  return parseJson(text);
}

function pick(value: unknown, what: string, keys: readonly string[], unknown: string[]): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw bad(`${what} is not an object`);
  const found: Record<string, unknown> = {};
  for (const [key, each] of Object.entries(value)) {
    const known = keys.find((name) => name === key.toLowerCase());
    if (known) found[known] = each;
    else unknown.push(key);
  }
  return found;
}

function readNode({ id, address, port, metadata }: Fields, index: number): Node {
  const where = `nodes[${index}]`;
  if (typeof id !== "string" || id === "") throw bad(`${where} has no id`);
  const number = port ?? 0;
  if (typeof number !== "number" || !Number.isInteger(number) || number < 0 || number > 65_535)
    throw bad(`${where}.port is not a port number`);
  return { id, address: textOf(address), port: number, metadata: strings(metadata) };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function strings(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, String(each)]));
}

function bad(message: string): CliError {
  return new CliError("BAD_REQUEST", message);
}
