import { parseJson, stringifyJson } from "../core/json.js";
import { isProtobuf } from "../core/schema.js";
import type { Codec } from "./codec.js";
import { fromProtobufJson, toProtobufJson } from "./protobuf-json.js";

/** JSON text and a newline, as the Go ecosystem writes it; an empty body reads as nothing. */
export const json: Codec = {
  contentTypes: ["application/json", "application/json-rpc", "application/grpc+json"],

  encode(value, type) {
    return Buffer.from(`${stringifyJson(isProtobuf(type) ? toProtobufJson(type, value) : value)}\n`);
  },

  decode(bytes, type) {
    const value = bytes.length === 0 ? undefined : parseJson(textOf(bytes));
    return isProtobuf(type) ? fromProtobufJson(type, value) : value;
  },
};

function textOf(bytes: Uint8Array): string {
  if (Buffer.isBuffer(bytes)) return bytes.toString();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}
