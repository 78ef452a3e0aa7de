import type { Codec } from "../../codec/codec.js";
import { json } from "../../codec/json/json.js";
import { isProtobuf, type MessageType } from "../../core/schema.js";
import { JsonFloat } from "../../core/text/json.js";
import { convert } from "./conversion.js";
import { type JsonSchema, knownSchemaOf } from "./schema-json.js";

/** A whole number beyond 2^53 as a member of JSON text. */
const digits = /(?:^|[[:,])-?\d{16,}(?:[\],}]|$)/m;

/** Encodes the responses of a method. */
export type EncodeAnswer = (codec: Codec, answer: unknown) => Uint8Array;

/**
 * Returns how responses of a type are encoded. Callers take digits beyond 2^53 for a 64-bit id, unless the registry says
 * that they are a float. It has no words for that in records, tuples and unions: there, JSON says it with an exponent.
 */
export function answerEncoder(type: MessageType | undefined): EncodeAnswer {
  const schema = type === undefined || isProtobuf(type) ? {} : knownSchemaOf(type);
  if (!hasUnnamedFloats(schema)) return (codec, answer) => codec.encode(answer, type);
  return (codec, answer) => {
    const bytes = codec.encode(answer, type);
    if (codec !== json || !digits.test(Buffer.from(bytes).toString("latin1"))) return bytes;
    return codec.encode(convert(answer, schema, asFloat), type);
  };
}

/** Whether a float may be where `describeType` has no words for it. */
function hasUnnamedFloats(schema: JsonSchema): boolean {
  const text = JSON.stringify(schema);
  return (
    /"number"/.test(text) &&
    /"(anyOf|oneOf|allOf|prefixItems|additionalProperties|patternProperties)":[[{]/.test(text)
  );
}

function asFloat(value: unknown, { type }: JsonSchema): unknown {
  if (typeof value !== "number" || !Number.isInteger(value) || Number.isSafeInteger(value)) return value;
  return [type].flat().includes("number") ? new JsonFloat(value) : value;
}
