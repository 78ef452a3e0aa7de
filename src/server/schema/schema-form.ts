import type { StandardSchema } from "../../core/schema.js";
import { convert } from "./conversion.js";
import { type JsonSchema, javaScriptType, knownSchemaOf } from "./schema-json.js";

/**
 * Converts a decoded value to the JavaScript types that its schema expects: a `bigint` to `number` or back, a string to
 * `Date`. Returns the same value if nothing changes.
 */
export function inSchemaForm(value: unknown, type: StandardSchema): unknown {
  return convert(value, knownSchemaOf(type), plain);
}

function plain(value: unknown, { type, [javaScriptType]: wanted }: JsonSchema): unknown {
  if (typeof value === "bigint") return wanted === "bigint" ? value : numberOf(value, [type].flat());
  if (typeof value === "number")
    return wanted === "bigint" && Number.isSafeInteger(value) ? BigInt(value) : value;
  return wanted === "Date" && typeof value === "string" ? (dateOf(value) ?? value) : value;
}

/** Rounds for a float only: an integer may be an id. Its digits are those of a double, or as JavaScript writes one. */
function numberOf(value: bigint, types: readonly unknown[]): number | bigint {
  const number = Number(value);
  if (types.includes("number")) return number;
  const isDouble = BigInt(number) === value || `${number}` === `${value}`;
  return types.includes("integer") && isDouble ? number : value;
}

/** RFC 3339, the JSON form of a `Date`. */
const dateTime =
  /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;

function dateOf(text: string): Date | undefined {
  const day = dateTime.exec(text)?.[1];
  // `Date` takes the 30th of February for the 2nd of March
  if (day === undefined || !isDay(day)) return undefined;
  return new Date(text);
}

function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
