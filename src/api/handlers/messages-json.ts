import { MicroError } from "../../core/errors.js";
import { anyShape, parseJson } from "../../core/text/json.js";
import { utf8 } from "../../http/body/body.js";
import type { ApiRequest, ApiResponse, Pair } from "./messages.js";

/** Encodes a request as JSON, with bytes as base64. */
export function encodeRequest(request: ApiRequest): Uint8Array {
  const { raw, ...rest } = request;
  return Buffer.from(JSON.stringify(raw ? { ...rest, raw: Buffer.from(raw).toString("base64") } : rest));
}

const id = "go.micro.api";

/** Decodes a response from JSON. @throws {MicroError} 502 when it is invalid. */
export function decodeResponse(bytes: Uint8Array): ApiResponse {
  const value = parse(bytes);
  if (typeof value !== "object" || Array.isArray(value) || value === null) throw bad("not an object");
  const { statusCode = 0, header, body = "", raw } = value as Record<string, unknown>;
  if (typeof statusCode !== "number" || typeof body !== "string")
    throw bad("statusCode or body of a wrong type");
  return {
    statusCode,
    header: typeof header === "object" && header !== null ? Object.values(header).map(readPair) : [],
    body: typeof raw === "string" && raw !== "" ? Buffer.from(raw, "base64") : Buffer.from(body),
  };
}

function readPair(value: unknown): Pair {
  const { key, values } = (value ?? {}) as { key?: unknown; values?: unknown };
  return {
    key: typeof key === "string" ? key : "",
    values: Array.isArray(values) ? values.map(String) : [],
  };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return parseJson(utf8(bytes, id), anyShape) ?? {};
  } catch (cause) {
    throw bad((cause as Error).message, cause);
  }
}

/** The error for an invalid response. 502, because the service failed, not the client. */
function bad(what: string, cause?: unknown): MicroError {
  return new MicroError(id, 502, `parse api.Response: ${what}`, { cause });
}
