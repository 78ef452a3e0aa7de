import type { DescField, DescMessage, JsonValue, ScalarType } from "@bufbuild/protobuf";
import { badRequest } from "../core/errors.js";
import { messageOf, protobuf } from "./protobuf.js";

/**
 * A message as Go's struct encoding has it, which its peers read: names of the proto file, zero values left out, enums
 * and 64-bit integers as numbers. Go's jsonpb, which reads it there, accepts all of these.
 */
export function toProtobufJson(type: DescMessage, value: unknown): unknown {
  const options = { useProtoFieldName: true, enumAsInteger: true };
  return withNumbers(type, protobuf().toJson(type, messageOf(type, value), options));
}

/**
 * A message from JSON: names of the proto file or camel case, 64-bit integers as numbers or strings. Unknown fields are
 * ignored, so that a newer peer may send more.
 * @throws {MicroError} 400 when a value does not fit its field.
 */
export function fromProtobufJson(type: DescMessage, value: unknown): unknown {
  try {
    const json = withStrings(value ?? {}) as JsonValue;
    return protobuf().fromJson(type, json, { ignoreUnknownFields: true });
  } catch (error) {
    const detail = `read ${type.typeName}: ${(error as Error).message}`;
    throw badRequest("go.micro.codec", detail, { reason: "SCHEMA_MISMATCH", cause: error });
  }
}

/** Numbers that a double cannot hold, in the only form that the runtime takes them in. */
function withStrings(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(withStrings);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withStrings(member)]));
}

/** Proto3 JSON writes 64-bit integers as strings, Go as numbers. */
function withNumbers(type: DescMessage, json: JsonValue): unknown {
  if (type.typeName.startsWith("google.protobuf.") || typeof json !== "object" || json === null) return json;
  const members = json as Readonly<Record<string, JsonValue>>;
  const changed: Record<string, unknown> = {};
  for (const field of type.fields) {
    const member = members[field.name];
    if (member !== undefined) changed[field.name] = fieldNumbers(field, member);
  }
  return changed;
}

function fieldNumbers(field: DescField, json: JsonValue): unknown {
  const one = (value: JsonValue) => singleNumbers(field, value);
  if (field.fieldKind === "list" && Array.isArray(json)) return json.map(one);
  if (field.fieldKind === "map" && typeof json === "object" && json !== null)
    return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, one(value)]));
  return one(json);
}

function singleNumbers(field: DescField, json: JsonValue): unknown {
  if (field.message) return withNumbers(field.message, json);
  return typeof json === "string" && field.scalar !== undefined && is64Bit(field.scalar)
    ? BigInt(json)
    : json;
}

function is64Bit(scalar: ScalarType): boolean {
  const { ScalarType: known } = protobuf();
  return [known.INT64, known.UINT64, known.SINT64, known.FIXED64, known.SFIXED64].includes(scalar);
}
