import { badRequest, internal, MicroError, unreadable } from "../../core/errors.js";
import { asBuffer } from "../../core/text/as-buffer.js";
import type { Envelope } from "../envelope.js";
import { firstElement, jsonMembers, jsonText } from "./json-members.js";

const nullText = Buffer.from("null");
const emptyObject = Buffer.from("{}");

/**
 * The JSON envelope of the 2016 wire: `{"method","params":[request],"id"}` and `{"id","result","error"}`, each with a
 * newline. Request and result are spliced in as bytes. The id is repeated exactly as received.
 */
export const jsonRpc: Envelope = {
  writeRequest(method, id, body) {
    return spliced(`{"method":${JSON.stringify(method)},"params":[`, body, `],"id":${id}}\n`);
  },

  readRequest(bytes) {
    const members = jsonMembers(bytes);
    const params = members.get("params");
    if (params === undefined || isNull(params)) throw badRequest("go.micro.codec", "read request: no params");
    const method = nameOf(members);
    return { method, id: members.get("id") ?? nullText, body: firstElement(params) ?? emptyObject };
  },

  writeReply({ id, error }, body) {
    const start = `{"id":${text(id) || "null"},"result":`;
    if (error !== undefined) return Buffer.from(`${start}{},"error":${JSON.stringify(error)}}\n`);
    return spliced(start, body, `,"error":null}\n`);
  },

  readReply(bytes) {
    const members = parsed(bytes);
    const error = members.get("error");
    if (error !== undefined && !isNull(error)) throw remoteError(error);
    const result = members.get("result");
    if (result === undefined)
      throw unreadable("go.micro.client.codec", "read reply: it has neither a result nor an error");
    return result;
  },
};

/** Reads method and id from an envelope that is otherwise malformed, for the error reply. */
export function readBrokenRequest(bytes: Uint8Array): { readonly method: string; readonly id: Uint8Array } {
  try {
    const members = jsonMembers(bytes);
    return { method: nameOf(members), id: members.get("id") ?? nullText };
  } catch {
    return { method: "", id: nullText };
  }
}

/** Inserts a value between two texts. A missing or null value becomes `{}`: a 2016 client would crash otherwise. */
function spliced(before: string, body: Uint8Array, after: string): Uint8Array {
  const value = trimmed(body);
  const start = Buffer.from(before);
  return Buffer.concat([
    start,
    value.length === 0 || isNull(value) ? emptyObject : value,
    Buffer.from(after),
  ]);
}

function trimmed(body: Uint8Array): Uint8Array {
  let end = body.length;
  while (end > 0 && (body[end - 1] ?? 0) <= 0x20) end--;
  return body.subarray(0, end);
}

function isNull(value: Uint8Array): boolean {
  return value.length === 4 && text(value) === "null";
}

function text(bytes: Uint8Array): string {
  return asBuffer(bytes).toString();
}

function nameOf(members: ReadonlyMap<string, Uint8Array>): string {
  const method = members.get("method");
  return (method && jsonText(method)) ?? "";
}

function parsed(bytes: Uint8Array): Map<string, Uint8Array> {
  try {
    return jsonMembers(bytes, Number.POSITIVE_INFINITY);
  } catch (error) {
    const { detail } = MicroError.from(error, "go.micro.client.codec");
    throw unreadable("go.micro.client.codec", `read reply: ${detail}`, { cause: error });
  }
}

/** Reads the error of a reply. If it is not a string, its text is that of the Go clients. */
function remoteError(error: Uint8Array): MicroError {
  const detail = jsonText(error);
  if (detail === undefined) return internal("go.micro.client.codec", `invalid error ${text(error)}`);
  return MicroError.parse(detail === "" ? "unspecified error" : detail);
}
