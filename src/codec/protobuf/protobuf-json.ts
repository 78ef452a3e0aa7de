import type { DescField, DescMessage, JsonValue, ScalarType } from "@bufbuild/protobuf";
import { badRequest } from "../../core/errors.js";
import { messageOf, protobuf } from "./protobuf.js";

/** Prefix of the well-known types, which have their own JSON form. */
const wellKnown = "google.protobuf.";

/**
 * Converts a message to the JSON of Go's `encoding/json`, which peers expect: field names of the proto file, no zero
 * values, enums and 64-bit integers as numbers. Go's jsonpb accepts all of it, too.
 */
export function toProtobufJson(type: DescMessage, value: unknown): unknown {
  const options = { useProtoFieldName: true, enumAsInteger: true };
  return withNumbers(type, protobuf().toJson(type, messageOf(type, value), options));
}

/**
 * Converts JSON to a message. Accepts names of the proto file or in camel case, and 64-bit integers as numbers or
 * strings. Unknown fields are ignored, because a newer peer may send more.
 * @throws {MicroError} 400 if a value does not fit its field.
 */
export function fromProtobufJson(type: DescMessage, value: unknown): unknown {
  try {
    const json = prepared(type, value ?? {}) as JsonValue;
    return protobuf().fromJson(type, json, { ignoreUnknownFields: true });
  } catch (error) {
    const detail = `read ${type.typeName}: ${(error as Error).message}`;
    throw badRequest("go.micro.codec", detail, { reason: "SCHEMA_MISMATCH", cause: error });
  }
}

/**
 * Converts JSON to what the runtime accepts: `bigint` as string, field names as in the proto file. Names match in any
 * case, as in Go.
 */
function prepared(type: DescMessage | undefined, json: unknown): unknown {
  if (typeof json === "bigint") return json.toString();
  if (Array.isArray(json)) return json.map((element) => prepared(type, element));
  if (typeof json !== "object" || json === null) return json;
  const names = type && !type.typeName.startsWith(wellKnown) ? fieldsByName(type) : undefined;
  const members = Object.entries(json).map(([name, member]) => {
    const field = names?.get(name) ?? names?.get(name.toLowerCase());
    return [
      field?.name ?? name,
      field?.fieldKind === "map" ? inMap(field, member) : prepared(field?.message, member),
    ];
  });
  return Object.fromEntries(members);
}

function inMap({ message }: DescField, json: unknown): unknown {
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, prepared(message, value)]));
}

const known = new WeakMap<DescMessage, Map<string, DescField>>();

function fieldsByName(type: DescMessage): Map<string, DescField> {
  const found = known.get(type);
  if (found) return found;
  const fields = new Map<string, DescField>();
  for (const field of type.fields) {
    const names = [field.name, field.jsonName];
    for (const name of [...names, ...names.map((spelling) => spelling.toLowerCase())])
      fields.set(name, field);
  }
  known.set(type, fields);
  return fields;
}

/** Turns 64-bit integers from strings, as in proto3 JSON, into numbers, as in Go. */
function withNumbers(type: DescMessage, json: JsonValue): unknown {
  if (type.typeName.startsWith(wellKnown) || typeof json !== "object" || json === null) return json;
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
