import { badRequest, type MicroError } from "../core/errors.js";
import type { Service } from "../core/service.js";
import { parseJson } from "../core/text/json.js";
import { bounds, serviceOf } from "../registry/wire/parse.js";
import { sidecarId } from "./options.js";

/**
 * Parses a service definition. Member names are case-insensitive, because Go programs write them capitalised. As in Go,
 * a member of the wrong type is an error.
 * @throws {MicroError} 400 that names the invalid member.
 */
export function parseServiceJson(text: string): Service {
  const value = lowered(parseJson(text));
  if (!isObject(value)) throw bad("not a JSON object");
  const { name, version, nodes, endpoints, metadata } = value;
  if (typeof name !== "string" || name === "") throw bad("no name");
  if (!Array.isArray(nodes) || nodes.length === 0) throw bad("Require at least one node");
  checkText(version, "version");
  checkMetadata(metadata, "metadata");
  each(nodes, "nodes", bounds.nodes, checkNode);
  each(endpoints, "endpoints", bounds.endpoints, checkEndpoint);
  return serviceOf(value);
}

function checkNode(node: unknown, at: string): void {
  if (!isObject(node)) throw bad(`${at}: not an object`);
  if (typeof node.id !== "string" || node.id === "") throw bad(`${at}: no id`);
  const port = node.port ?? 0;
  if (!Number.isInteger(port) || Number(port) < 0 || Number(port) > 65_535)
    throw bad(`${at}.port: not a port number`);
  checkText(node.address, `${at}.address`);
  checkMetadata(node.metadata, `${at}.metadata`);
}

function checkEndpoint(endpoint: unknown, at: string): void {
  if (!isObject(endpoint)) throw bad(`${at}: not an object`);
  if (typeof endpoint.name !== "string" || endpoint.name === "") throw bad(`${at}: no name`);
  checkValue(endpoint.request ?? null, `${at}.request`);
  checkValue(endpoint.response ?? null, `${at}.response`);
  checkMetadata(endpoint.metadata, `${at}.metadata`);
}

function checkValue(value: unknown, at: string): void {
  if (value === null) return;
  if (!isObject(value)) throw bad(`${at}: not an object`);
  checkText(value.name, `${at}.name`);
  checkText(value.type, `${at}.type`);
  each(value.values, `${at}.values`, bounds.values, checkValue);
}

/** Checks each member of a list. Null is treated as missing, as in Go. */
function each(value: unknown, at: string, limit: number, check: (member: unknown, at: string) => void): void {
  if (value === undefined || value === null) return;
  if (!Array.isArray(value)) throw bad(`${at}: not a list`);
  if (value.length > limit) throw bad(`${at}: more than ${limit}`);
  for (const [i, member] of value.entries()) check(member, `${at}[${i}]`);
}

function checkMetadata(value: unknown, at: string): void {
  if (value === undefined || value === null) return;
  if (!isObject(value)) throw bad(`${at}: not an object`);
  const members = Object.entries(value);
  if (members.length > bounds.metadata) throw bad(`${at}: more than ${bounds.metadata} members`);
  for (const [name, member] of members) checkText(member, `${at}.${name}`);
}

function checkText(value: unknown, at: string): void {
  if (value === undefined || value === null || typeof value === "string") return;
  throw bad(`${at}: ${Array.isArray(value) ? "list" : typeof value}, not a string`);
}

/** Lower-cases member names, except in metadata, where they are data. Null in metadata becomes "", as in Go. */
function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowered);
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([name, member]) => {
    const low = name.toLowerCase();
    return [low, low === "metadata" ? withoutNulls(member) : lowered(member)];
  });
  return Object.fromEntries(members);
}

function withoutNulls(metadata: unknown): unknown {
  if (!isObject(metadata)) return metadata;
  return Object.fromEntries(Object.entries(metadata).map(([name, member]) => [name, member ?? ""]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bad(detail: string): MicroError {
  return badRequest(sidecarId, `service definition: ${detail}`);
}
