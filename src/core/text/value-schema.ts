import type { Value } from "../service.js";

/** The subset of JSON Schema that a tree of Go types can express. */
export interface ValueSchema {
  readonly type?: string;
  readonly items?: ValueSchema;
  readonly properties?: Readonly<Record<string, ValueSchema>>;
}

const depthLimit = 16;

/** Returns the JSON Schema of a type from `wireEndpoints`. No field is required: the registry does not tell. */
export function valueSchema(value: Value | null, depth = 0): ValueSchema {
  if (!value || depth > depthLimit) return {};
  const { type, values } = value;
  if (type.startsWith("[]")) return arraySchema(value, depth);
  if (/^u?int(8|16|32|64)?$/.test(type)) return { type: "integer" };
  if (/^float(32|64)$/.test(type)) return { type: "number" };
  if (type === "bool") return { type: "boolean" };
  if (type === "string") return { type: "string" };
  if (values.length === 0 && depth > 0) return {};
  const properties = values.map((field) => [field.name, valueSchema(field, depth + 1)] as const);
  return { type: "object", properties: Object.fromEntries(properties) };
}

function arraySchema({ name, type, values }: Value, depth: number): ValueSchema {
  const [first] = values;
  const item = type.slice(2);
  if (item === "uint8" || item === "byte") return { type: "string" };
  // a list of scalars has one child that repeats its type; a list of objects has their fields
  if (first && values.length === 1 && first.type === item)
    return { type: "array", items: valueSchema(first, depth + 1) };
  return { type: "array", items: valueSchema({ name, type: item, values }, depth + 1) };
}
