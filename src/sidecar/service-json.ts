import { badRequest, type MicroError } from "../core/errors.js";
import type { Service } from "../core/service.js";
import { parseJson } from "../core/text/json.js";
import { parseService } from "../registry/wire/parse.js";
import { sidecarId } from "./options.js";

/**
 * Reads a definition of a service; names of members match in any case, as Go programs write them.
 * @throws {MicroError} 400 that says what is wrong with it.
 */
export function readServiceJson(text: string): Service {
  const value = lowered(parseJson(text));
  if (!isObject(value)) throw bad("not a JSON object");
  const { name, nodes } = value;
  if (typeof name !== "string" || name === "") throw bad("no name");
  if (!Array.isArray(nodes) || nodes.length === 0) throw bad("Require at least one node");
  nodes.forEach(checkNode);
  return parseService(JSON.stringify(value));
}

function checkNode(node: unknown, at: number): void {
  if (!isObject(node)) throw bad(`nodes[${at}]: not an object`);
  if (typeof node.id !== "string" || node.id === "") throw bad(`nodes[${at}]: no id`);
  const port = node.port ?? 0;
  if (!Number.isInteger(port) || Number(port) < 0 || Number(port) > 65_535)
    throw bad(`nodes[${at}].port: not a port number`);
}

/** Names in lower case, but for those of metadata, which are data. */
function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowered);
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([name, member]) => {
    const low = name.toLowerCase();
    return [low, low === "metadata" ? member : lowered(member)];
  });
  return Object.fromEntries(members);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bad(detail: string): MicroError {
  return badRequest(sidecarId, `service definition: ${detail}`);
}
