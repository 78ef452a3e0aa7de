import type { IncomingMessage } from "node:http";
import { badRequest, forbidden } from "../core/errors.js";
import { parseJson } from "../core/json.js";
import { utf8 } from "./body.js";
import { parseForm } from "./form.js";
import { jsonMembers } from "./json-members.js";
import { fromBrowser, fromSameOrigin } from "./origin.js";

/** What `/rpc` was asked for. */
export interface RpcRequest {
  readonly service: string;
  readonly method: string;
  /** JSON, as the caller wrote it. */
  readonly request: Buffer;
  /** The one node to call. */
  readonly address: string | undefined;
}

/** Names in errors of `/rpc`, on every program. Source: the original. */
const id = "go.micro.rpc";

/**
 * Reads the body of `/rpc`: JSON by its content type, else a form in body or query.
 * @throws {MicroError} 400 in the words of the original.
 */
export function readRpc(message: IncomingMessage, body: Buffer, query: string): RpcRequest {
  const type = message.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  const asked = type === "application/json" ? fromJson(body) : fromForm(message, body, query);
  if (asked.service === "") throw badRequest(id, "invalid service");
  if (asked.method === "") throw badRequest(id, "invalid method");
  return asked;
}

const nothing = Buffer.from("null");

function fromJson(body: Buffer): RpcRequest {
  const members = jsonMembers(body, id);
  const slice = (name: string): Buffer | undefined => {
    const span = members.get(name);
    return span && body.subarray(span.start, span.end);
  };
  const request = slice("request") ?? nothing;
  return {
    service: text(slice("service"), "service"),
    method: text(slice("method"), "method"),
    request: request[0] === 0x22 ? fromString(request) : request,
    address: text(slice("address"), "address") || undefined,
  };
}

function text(json: Buffer | undefined, name: string): string {
  if (json === undefined) return "";
  const value = parseJson(utf8(json, id));
  if (typeof value === "string") return value;
  if (value === null) return "";
  throw badRequest(id, `member ${name}: not a string`);
}

/** A request that is a string holds the JSON as text. */
function fromString(json: Buffer): Buffer {
  const inner = text(json, "request");
  try {
    parseJson(inner);
  } catch (cause) {
    throw badRequest(id, `error decoding request string: ${(cause as Error).message}`, {
      reason: "BAD_JSON",
      cause,
    });
  }
  return Buffer.from(inner);
}

/** A form can be sent by any page without asking, so one of another origin must not. */
function fromForm(message: IncomingMessage, body: Buffer, query: string): RpcRequest {
  if (fromBrowser(message.headers) && !fromSameOrigin(message.headers))
    throw forbidden(id, "form of another origin refused");
  const sent = parseForm(utf8(body, id), id);
  const asked = parseForm(query, id);
  const value = (name: string) => sent.get(name)?.[0] ?? asked.get(name)?.[0] ?? "";
  return {
    service: value("service"),
    method: value("method"),
    request: fromString(Buffer.from(JSON.stringify(value("request")))),
    address: undefined,
  };
}
