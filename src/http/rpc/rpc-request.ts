import { isUtf8 } from "node:buffer";
import { jsonMembers } from "../../codec/json/json-members.js";
import { badRequest, forbidden, MicroError } from "../../core/errors.js";
import { asBuffer } from "../../core/text/as-buffer.js";
import { parseJson } from "../../core/text/json.js";
import { fromBrowser, fromSameOrigin, requireJson } from "../admission/origin.js";
import { notUtf8, utf8 } from "../body/body.js";
import { isJsonType } from "../message/content-type.js";
import { parseForm } from "../message/form.js";
import type { RequestHead } from "../message/request-head.js";

/** A request to `/rpc`. */
export interface RpcRequest {
  readonly service: string;
  readonly method: string;
  /** JSON, as the caller wrote it. */
  readonly request: Uint8Array;
  /** The one node to call. Default: any. */
  readonly address: string | undefined;
}

/** Id of errors of `/rpc`, in every program. Source: the original. */
const id = "go.micro.rpc";

/**
 * Parses a request to `/rpc`: JSON if the content type or the first byte says so, else a form in body or query.
 * Browsers have to send a JSON content type: a page of another origin could send anything else.
 * @throws {MicroError} 400 with the text of the original, or for bytes that are not UTF-8. 415 for JSON of a browser with another content type.
 */
export function readRpc(message: RequestHead, body: Buffer, query: string): RpcRequest {
  const json = isJsonType(message.headers["content-type"]) || looksLikeJson(body);
  if (json) requireJson(message.headers, id);
  const request = json ? fromJson(body) : fromForm(message, body, query);
  if (request.service === "") throw badRequest(id, "invalid service");
  if (request.method === "") throw badRequest(id, "invalid method");
  return request;
}

/** True for a body that starts with `{`, as no form for a call does. */
function looksLikeJson(body: Buffer): boolean {
  let at = 0;
  while (at < body.length && (body[at] ?? 0) <= 0x20) at++;
  return body[at] === 0x7b;
}

const nothing = Buffer.from("null");

function fromJson(body: Buffer): RpcRequest {
  if (!isUtf8(body)) throw notUtf8(id);
  const members = envelope(body);
  const request = members.get("request") ?? nothing;
  return {
    service: text(members.get("service"), "service"),
    method: text(members.get("method"), "method"),
    request: request[0] === 0x22 ? fromString(request) : request,
    address: text(members.get("address"), "address") || undefined,
  };
}

function envelope(body: Buffer): ReadonlyMap<string, Uint8Array> {
  try {
    return jsonMembers(body);
  } catch (cause) {
    if (!MicroError.is(cause)) throw cause;
    throw new MicroError(id, cause.code, cause.detail, { reason: cause.reason ?? "BAD_JSON", cause });
  }
}

/** A JSON string of plain ASCII, as names of services and methods are. Saves 1.2 µs per request. */
const plain = /^"[ !#-[\]-~]*"$/;

function text(json: Uint8Array | undefined, name: string): string {
  if (json === undefined) return "";
  const written = asBuffer(json).toString("latin1");
  if (plain.test(written)) return written.slice(1, -1);
  const value = parseJson(utf8(json, id));
  if (typeof value === "string") return value;
  if (value === null) return "";
  throw badRequest(id, `member ${name}: not a string`);
}

/** A request that is a JSON string contains the actual JSON as text. */
function fromString(json: Uint8Array): Uint8Array {
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

/** Parses a form. Forms of other origins are refused, because browsers send them without a preflight. */
function fromForm(message: RequestHead, body: Buffer, query: string): RpcRequest {
  if (fromBrowser(message.headers) && !fromSameOrigin(message.headers))
    throw forbidden(id, "form of another origin refused");
  const sent = parseForm(utf8(body, id), id);
  const inQuery = parseForm(query, id);
  const value = (name: string) => sent.get(name)?.[0] ?? inQuery.get(name)?.[0] ?? "";
  return {
    service: value("service"),
    method: value("method"),
    request: fromString(Buffer.from(JSON.stringify(value("request")))),
    address: undefined,
  };
}
