import { badRequest } from "../core/errors.js";
import { isProtobuf, type MessageType, type SchemaIssue, type SchemaResult } from "../core/schema.js";

/** Checks a value against its schema, at once where the schema can. @throws {MicroError} 400 that names the field. */
export function validate(what: string, value: unknown, type: MessageType | undefined): unknown {
  if (type === undefined || isProtobuf(type)) return value;
  const result = type["~standard"].validate(value ?? {});
  return result instanceof Promise ? result.then((each) => accepted(what, each)) : accepted(what, result);
}

function accepted(what: string, result: SchemaResult<unknown>): unknown {
  if (!result.issues) return result.value;
  throw badRequest("go.micro.server", `${what}: ${result.issues.slice(0, 5).map(sayIssue).join("; ")}`, {
    reason: "SCHEMA_MISMATCH",
  });
}

function sayIssue({ message, path = [] }: SchemaIssue): string {
  const field = path.map((part) => String(typeof part === "object" ? part.key : part)).join(".");
  return field === "" ? message : `${field}: ${message}`;
}
