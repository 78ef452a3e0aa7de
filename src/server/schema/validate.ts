import { badRequest } from "../../core/errors.js";
import {
  isProtobuf,
  type MessageType,
  type SchemaIssue,
  type SchemaResult,
  type StandardSchema,
} from "../../core/schema.js";
import { inSchemaForm } from "./schema-form.js";
import { validatorOf } from "./validator.js";

/** Validates a value, synchronously if the schema does. @throws {MicroError} 400 that names the field. */
export function validate(what: string, value: unknown, type: MessageType | undefined): unknown {
  if (type === undefined || isProtobuf(type)) return value;
  const given = value ?? {};
  const result = validatorOf(type)(given);
  return result instanceof Promise
    ? result.then((each) => (each.issues ? retryInSchemaForm(what, given, type, each) : each.value))
    : result.issues
      ? retryInSchemaForm(what, given, type, result)
      : result.value;
}

/** Validates a refused value once more, converted from its wire form: a number to `bigint`, a string to `Date`. */
function retryInSchemaForm(
  what: string,
  value: unknown,
  type: StandardSchema,
  refused: SchemaResult<unknown>,
): unknown {
  const changed = inSchemaForm(value, type);
  if (changed === value) return accepted(what, refused);
  const result = validatorOf(type)(changed);
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
