import type { MethodTypes } from "../../core/schema.js";
import type { SubscriberOptions } from "../server.js";

/** Describes what is wrong with a value, and what is expected. Undefined if it is valid. */
type Check = (value: unknown) => string | undefined;

/** Members of the types of a method. */
export const methodMembers: Readonly<Record<keyof MethodTypes, Check>> = {
  request: type,
  response: type,
  metadata,
};

/** Members of the options of a subscriber. */
export const optionMembers: Readonly<Record<keyof SubscriberOptions, Check>> = {
  type,
  queue: of("string", "a string"),
  autoAck: of("boolean", "true or false"),
  onGap: of("function", "a function"),
  signal: (value) => (value instanceof AbortSignal ? undefined : `${found(value)}, not an AbortSignal`),
};

/** True for a Standard Schema and for a protobuf message type. */
export function isSchema(value: unknown): boolean {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const { "~standard": standard, kind, typeName } = value as Readonly<Record<string, unknown>>;
  return (
    (typeof standard === "object" && standard !== null) ||
    (kind === "message" && typeof typeName === "string")
  );
}

function type(value: unknown): string | undefined {
  return isSchema(value)
    ? undefined
    : `${found(value)}, not a Standard Schema (as of zod) or a protobuf message type`;
}

function metadata(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return `${found(value)}, not an object`;
  const [wrong] = Object.entries(value).filter(([, text]) => typeof text !== "string");
  return wrong && `${found(wrong[1])} for "${wrong[0]}", not a string`;
}

function of(wanted: string, words: string): Check {
  return (value) => (typeof value === wanted ? undefined : `${found(value)}, not ${words}`);
}

/** The kind of a value, for errors. */
export function found(value: unknown): string {
  return value === null ? "null" : typeof value;
}
