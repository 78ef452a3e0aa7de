import type { DescField, DescMessage } from "@bufbuild/protobuf";
import type { Value } from "../../core/service.js";

const maxDepth = 6;

/** Go type names, indexed by the numbers of scalar types in descriptor.proto. */
const scalars: readonly string[] = [
  ...["", "float64", "float32", "int64", "uint64", "int32", "uint64", "uint32", "bool", "string"],
  ...["", "", "[]uint8", "uint32", "int32", "int32", "int64", "int32", "int64"],
];

/** Well-known protobuf messages with a JSON form of their own. */
const wellKnown: Readonly<Record<string, string>> = {
  Timestamp: "string",
  Duration: "string",
  FieldMask: "string",
  BoolValue: "bool",
  StringValue: "string",
  BytesValue: "string",
  DoubleValue: "float64",
  FloatValue: "float32",
  Int32Value: "int32",
  Int64Value: "int64",
  UInt32Value: "uint32",
  UInt64Value: "uint64",
};

/** A protobuf message as a tree: field names of the proto file, types of the generated Go code. */
export function protobufValue(name: string, type: DescMessage, depth = 0): Value {
  if (type.typeName.startsWith("google.protobuf."))
    return { name, type: wellKnown[type.name] ?? "", values: [] };
  if (depth >= maxDepth) return { name, type: type.name, values: [] };
  return { name, type: type.name, values: type.fields.map((field) => fieldValue(field, depth + 1)) };
}

function fieldValue(field: DescField, depth: number): Value {
  if (field.fieldKind === "map") return { name: field.name, type: "", values: [] };
  const single = singleValue(field, depth);
  if (field.fieldKind !== "list" || single.type === "") return single;
  return { name: field.name, type: `[]${single.type}`, values: [{ ...single, name: single.type }] };
}

function singleValue(field: DescField, depth: number): Value {
  const { name } = field;
  if (field.message) return protobufValue(name, field.message, depth);
  if (field.enum) return { name, type: "int32", values: [] };
  const type = scalars[field.scalar ?? 0] ?? "";
  if (type === "[]uint8") return { name, type, values: [{ name: "uint8", type: "uint8", values: [] }] };
  return { name, type, values: [] };
}
