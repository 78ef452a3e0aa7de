import { isUtf8 } from "node:buffer";
import { badRequest } from "../../core/errors.js";
import { isProtobuf } from "../../core/schema.js";
import { asBuffer } from "../../core/text/as-buffer.js";
import { anyShape, parseJson, stringifyJson } from "../../core/text/json.js";
import type { Codec } from "../codec.js";
import { fromProtobufJson, toProtobufJson } from "../protobuf/protobuf-json.js";
import { valueText } from "./json-values.js";

/** JSON text with a trailing newline, as the Go ecosystem writes it. An empty body decodes to undefined. */
export const json: Codec = {
  contentTypes: ["application/json", "application/json-rpc", "application/grpc+json"],

  encode(value, type) {
    return lineOf(isProtobuf(type) ? stringifyJson(toProtobufJson(type, value)) : valueText(value));
  },

  decode(bytes, type, options) {
    const bounds = options?.reply ? anyShape : undefined;
    const value = bytes.length === 0 ? undefined : parseJson(textOf(bytes), bounds);
    return isProtobuf(type) ? fromProtobufJson(type, value) : value;
  },
};

/** Size of a slab in bytes, the same as that of Node's buffer pool: keeping one body keeps no more memory alive. */
const slabSize = 8 * 1024;
/** Texts up to this length are copied in a loop. */
const short = 128;
const newline = 0x0a;

/** The current slab. Space that was handed out is never reused. */
let slab = Buffer.allocUnsafeSlow(slabSize);
let at = 0;

/**
 * Returns the bytes of a text and a newline. `Buffer.from` takes 0.24 µs for 20 characters, mostly for concatenation
 * and the call into Node; a loop over ASCII takes 0.1 µs.
 */
function lineOf(text: string): Buffer {
  const { length } = text;
  if (length > short) return Buffer.from(`${text}\n`);
  if (at + length >= slabSize) {
    slab = Buffer.allocUnsafeSlow(slabSize);
    at = 0;
  }
  for (let i = 0; i < length; i++) {
    const char = text.charCodeAt(i);
    if (char > 0x7f) return Buffer.from(`${text}\n`);
    slab[at + i] = char;
  }
  slab[at + length] = newline;
  const start = at;
  at += length + 1;
  return slab.subarray(start, at);
}

/** @throws {MicroError} 400 for bytes that are not UTF-8, which would reach the handler as another text. */
function textOf(bytes: Uint8Array): string {
  const text = Buffer.isBuffer(bytes) ? bytes.toString() : asBuffer(bytes).toString();
  // Only a text with this character may be a wrong one. Looking for it costs less than a check of the bytes.
  if (text.includes("\uFFFD") && !isUtf8(bytes))
    throw badRequest("go.micro.codec", "parse JSON: not UTF-8", { reason: "BAD_JSON" });
  return text;
}
