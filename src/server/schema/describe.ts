import { isProtobuf, type MessageType, type MethodTypes } from "../../core/schema.js";
import type { Endpoint, Value } from "../../core/service.js";
import { isMixed, jsonSchemaValue } from "./describe-json-schema.js";
import { protobufValue } from "./describe-protobuf.js";
import { jsonSchemaOf } from "./schema-json.js";

/** Called for a type that cannot be described, with the reason. */
export type Undescribed = (role: "request" | "response", reason: string) => void;

/** A method as an endpoint of the registry: its types as trees with Go names, and whether it streams. */
export function describeEndpoint(
  name: string,
  types: MethodTypes,
  { stream, undescribed }: { readonly stream: boolean; readonly undescribed: Undescribed },
): Endpoint {
  return {
    name,
    request: describeType("request", types.request, undescribed),
    response: describeType("response", types.response, undescribed),
    metadata: { ...types.metadata, stream: String(stream) },
  };
}

/** A type as a tree. A type that cannot be described has a name and no fields. */
export function describeType(
  role: "request" | "response",
  type: MessageType | undefined,
  undescribed: Undescribed,
): Value {
  const name = role === "request" ? "Request" : "Response";
  if (isProtobuf(type)) return protobufValue(type.name, type);
  try {
    const schema = type && jsonSchemaOf(type);
    if (schema && isMixed(schema))
      undescribed(role, "it is a union whose choices have no common description");
    else if (schema) {
      const value = jsonSchemaValue(role, schema);
      return { ...value, name: value.type || name };
    }
  } catch (error) {
    undescribed(role, error instanceof Error ? error.message : String(error));
  }
  return { name, type: name, values: [] };
}
