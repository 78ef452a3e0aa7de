import { isProtobuf, type MessageType, type MethodTypes, type StandardSchema } from "../core/schema.js";
import type { Endpoint, Value } from "../core/service.js";
import { jsonSchemaValue } from "./describe-json-schema.js";
import { protobufValue } from "./describe-protobuf.js";

/** What the registry says of a method: its types as trees with Go names, and whether it streams. */
export function describeEndpoint(name: string, types: MethodTypes, stream: boolean): Endpoint {
  return {
    name,
    request: describeType("request", types.request),
    response: describeType("response", types.response),
    metadata: { ...types.metadata, stream: String(stream) },
  };
}

/** A type as a tree; one that does not describe itself has a name and no fields. */
export function describeType(role: "request" | "response", type: MessageType | undefined): Value {
  const name = role === "request" ? "Request" : "Response";
  if (isProtobuf(type)) return protobufValue(type.name, type);
  const schema = type && jsonSchemaOf(type, role);
  const value = schema && jsonSchemaValue(role, schema);
  if (!value) return { name, type: name, values: [] };
  return { ...value, name: value.type || name };
}

/** The schema in the words of JSON Schema; none for a library, or a type, that cannot say it. */
function jsonSchemaOf(
  type: StandardSchema,
  role: "request" | "response",
): Record<string, unknown> | undefined {
  const target = { target: "draft-2020-12" } as const;
  try {
    const { jsonSchema } = type["~standard"];
    return role === "request" ? jsonSchema?.input(target) : jsonSchema?.output(target);
  } catch {
    return undefined;
  }
}
