import type { Codec } from "../../codec/codec.js";
import { json } from "../../codec/json/json.js";
import { isProtobuf, type MessageType } from "../../core/schema.js";
import { asBuffer } from "../../core/text/as-buffer.js";
import { JsonFloat, stringifyJson } from "../../core/text/json.js";
import { convert } from "./conversion.js";
import { type JsonSchema, knownSchemaOf } from "./schema-json.js";

/** A whole number beyond 2^53 as a member of JSON text. */
const digits = /(?:^|[[:,])-?\d{16,}(?:[\],}]|$)/m;

/** Encodes the responses of a method. */
export type EncodeAnswer = (codec: Codec, answer: unknown) => Uint8Array;

/**
 * Returns the encoder for responses of a type. Callers treat whole numbers beyond 2^53 as 64-bit ids, unless the
 * registry declares a float. It cannot in records, tuples and unions: there, floats are written with an exponent.
 */
export function answerEncoder(type: MessageType | undefined): EncodeAnswer {
  const schema = type === undefined || isProtobuf(type) ? {} : knownSchemaOf(type);
  if (!hasUnnamedFloats(schema)) return (codec, answer) => codec.encode(answer, type);
  return (codec, answer) => {
    const bytes = codec.encode(answer, type);
    if (codec !== json || !digits.test(asBuffer(bytes).toString("latin1"))) return bytes;
    return codec.encode(convert(answer, schema, asFloat), type);
  };
}

/** True if the type may have a float in a union, a tuple or a record, where `describeType` cannot declare it. */
function hasUnnamedFloats(schema: JsonSchema): boolean {
  const text = stringifyJson(schema);
  return (
    /"number"/.test(text) &&
    /"(anyOf|oneOf|allOf|prefixItems|additionalProperties|patternProperties)":[[{]/.test(text)
  );
}

function asFloat(value: unknown, { type }: JsonSchema): unknown {
  if (typeof value !== "number" || !Number.isInteger(value) || Number.isSafeInteger(value)) return value;
  return [type].flat().includes("number") ? new JsonFloat(value) : value;
}
