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
  queue: (value) => of("string", "a string")(value) ?? controlled(String(value)),
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
  if (!isSchema(value))
    return `${found(value)}, not a Standard Schema (as of zod) or a protobuf message type`;
  const { "~standard": standard } = value as Readonly<Record<string, unknown>>;
  if (typeof standard !== "object" || standard === null) return undefined;
  const { validate } = standard as Readonly<Record<string, unknown>>;
  if (typeof validate === "function") return undefined;
  return `a schema whose "~standard" has as "validate" ${found(validate)}, not a function`;
}

function metadata(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return `${found(value)}, not an object`;
  const [wrong] = Object.entries(value).filter(([, text]) => typeof text !== "string");
  if (wrong) return `${found(wrong[1])} for ${JSON.stringify(wrong[0])}, not a string`;
  for (const name of Object.keys(value)) {
    const problem = name === "" ? 'the name "", which is empty' : controlled(name);
    if (problem) return problem;
  }
  return undefined;
}

/** Describes a name with control characters: it would reach the registry, logs and terminals. */
function controlled(name: string): string | undefined {
  if (!/[\p{Cc}\p{Cs}]/u.test(name)) return undefined;
  // JSON leaves the characters from U+007F to U+009F as they are.
  const code = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return `the name ${JSON.stringify(name).replace(/\p{Cc}/gu, code)}, which has control characters`;
}

function of(wanted: string, words: string): Check {
  return (value) => (typeof value === wanted ? undefined : `${found(value)}, not ${words}`);
}

/** The kind of a value, for errors. */
export function found(value: unknown): string {
  return value === null ? "null" : typeof value;
}
