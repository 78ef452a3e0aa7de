import type { HttpMessage } from "./http-bytes.js";

/** What a message says, whatever it was framed in. Written apart from the code under test. */
export interface Reading {
  /** In the form of the wire: `0`, `"abc"`, hex of a sequence, or a header. */
  readonly id: string;
  readonly method: string;
  readonly error: string;
  /** The bare message: JSON text, or hex of protobuf. */
  readonly body: string;
}

type Form = "json-rpc" | "proto-rpc" | "grpc" | "json" | "bytes";

/** How the recorded peers framed `message`; legacy where the headers of the request name no method. */
export function formOf(contentType: string, isMucp: boolean): Form {
  const name = contentType.replace("application/", "");
  if (name === "json-rpc" || (name === "json" && !isMucp)) return "json-rpc";
  if (name === "proto-rpc" || (!isMucp && !name.startsWith("grpc"))) return "proto-rpc";
  if (name.startsWith("grpc")) return "grpc";
  return name === "json" ? "json" : "bytes";
}

export function isMucp({ header }: HttpMessage): boolean {
  const named = ["service", "method", "endpoint", "protocol"].some((name) => header[`micro-${name}`]);
  return (named && !header["micro-target"]) || Boolean(header["x-micro-method"] && !header["micro-target"]);
}

/** @throws when the message is not in that form. */
export function readMessage({ header, body }: HttpMessage, form: Form): Reading {
  const error = header["micro-error"] ?? header["x-micro-error"] ?? "";
  const method = header["micro-endpoint"] ?? header["micro-method"] ?? "";
  const headers = { id: header["micro-id"] ?? header["x-micro-id"] ?? "", method, error };
  switch (form) {
    case "json-rpc":
      return readJsonRpc(body.toString());
    case "proto-rpc":
      return readProtoRpc(body);
    case "grpc":
      return { ...headers, body: readGrpc(body, header["content-type"] ?? "") };
    case "json":
      return { ...headers, body: plain(body.toString()) };
    default:
      return { ...headers, body: body.toString("hex") };
  }
}

function readJsonRpc(text: string): Reading {
  const { method = "", error, params, result } = JSON.parse(text) as Record<string, unknown>;
  const id = /[{,]"id":("[^"]*"|[^,}]*)/.exec(text)?.[1] ?? "";
  const body = Array.isArray(params) ? (params[0] ?? {}) : (result ?? {});
  return {
    id,
    method: String(method),
    error: typeof error === "string" ? error : "",
    body: JSON.stringify(body),
  };
}

function readProtoRpc(bytes: Buffer): Reading {
  const headLength = bytes.readUInt32BE(0);
  const head = bytes.subarray(4, 4 + headLength);
  const body = bytes.subarray(8 + headLength);
  if (bytes.readUInt32BE(4 + headLength) !== body.length) throw new Error("frames do not fill the message");
  const reading = { id: "", method: "", error: "", body: body.toString("hex") };
  for (let at = 0; at < head.length; ) {
    const [tag, first = 0, second = 0] = head.subarray(at);
    const isId = tag === 0x11;
    const long = !isId && first > 0x7f;
    const start = at + (isId ? 1 : long ? 3 : 2);
    at = start + (isId ? 8 : long ? (first & 0x7f) + (second << 7) : first);
    if (isId) reading.id = head.toString("hex", start, at);
    else if (tag === 0x0a) reading.method = head.toString("utf8", start, at);
    else reading.error = head.toString("utf8", start, at);
  }
  return reading;
}

function readGrpc(bytes: Buffer, contentType: string): string {
  if (bytes.length === 0) return "";
  if (bytes[0] !== 0 || bytes.readUInt32BE(1) !== bytes.length - 5) throw new Error("not a grpc frame");
  const body = bytes.subarray(5);
  return contentType.endsWith("json") ? plain(body.toString()) : body.toString("hex");
}

/** JSON without what is no part of its meaning. */
function plain(text: string): string {
  return text.trim() === "" ? "" : JSON.stringify(JSON.parse(text));
}
