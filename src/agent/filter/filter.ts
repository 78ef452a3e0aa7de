import { first, type Query } from "../../http/message/query.js";
import { type Expression, type Operator, parseFilter, refused } from "./parse.js";

/** Longest filter in characters. Clients that watch a hundred services name them all in one filter. */
const maxLength = 64 * 1024;

/**
 * Returns the predicate of `?filter=`. `example` is an entry with all its members, which defines the selectors and
 * their types. An empty object in it stands for a map of strings.
 * @throws {MicroError} 500 with Consul's text for an invalid filter.
 */
export function filtered(query: Query, example: unknown): (entry: unknown) => boolean {
  const text = first(query.filter);
  if (text === undefined || text.trim() === "") return () => true;
  if (text.length > maxLength) throw refused(`longer than ${maxLength} characters`);
  const expression = parseFilter(text);
  check(expression, example);
  return (entry) => holds(expression, entry);
}

function check(expression: Expression, example: unknown): void {
  if (expression.kind === "not") check(expression.of, example);
  else if (expression.kind !== "match") {
    check(expression.left, example);
    check(expression.right, example);
  } else checkMatch(expression, example);
}

const operators: Readonly<Record<string, readonly Operator[]>> = {
  string: ["equal", "in"],
  number: ["equal"],
  boolean: ["equal"],
  list: ["in", "empty"],
  map: ["in", "empty"],
  structure: ["empty"],
};
const names: Readonly<Record<Operator, string>> = { equal: "Equal", in: "In", empty: "Is Empty" };

function checkMatch({ selector, operator, value }: Expression & { kind: "match" }, example: unknown): void {
  const path = selector.join(".");
  const type = typeAt(example, selector);
  if (type === undefined) throw refused(`Selector "${path}" is not valid`);
  if (!operators[type]?.includes(operator))
    throw refused(`Invalid match operator "${names[operator]}" for selector "${path}"`);
  if (type === "number" && !/^-?\d+$/.test(value))
    throw refused(
      `Failed to coerce value "${value}" for selector "${path}": strconv.ParseInt: parsing "${value}": invalid syntax`,
    );
}

/** Returns the type of the value that a selector leads to. */
function typeAt(value: unknown, [name, ...rest]: readonly string[]): string | undefined {
  if (name === undefined) return typeOf(value);
  if (Array.isArray(value))
    return typeof value[0] === "object" ? typeAt(value[0], [name, ...rest]) : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  if (isMap(value)) return typeAt((value as Record<string, unknown>)["*"] ?? "", rest);
  return Object.hasOwn(value, name) ? typeAt((value as Record<string, unknown>)[name], rest) : undefined;
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return typeof value[0] === "object" ? "structure" : "list";
  if (typeof value !== "object" || value === null) return typeof value;
  return isMap(value) ? "map" : "none";
}

function isMap(value: object): boolean {
  return Object.keys(value).every((key) => key === "*");
}

function holds(expression: Expression, entry: unknown): boolean {
  switch (expression.kind) {
    case "and":
      return holds(expression.left, entry) && holds(expression.right, entry);
    case "or":
      return holds(expression.left, entry) || holds(expression.right, entry);
    case "not":
      return !holds(expression.of, entry);
    case "match":
      return matches(expression, entry, expression.selector);
  }
}

/** In a list of structures, one match is enough. */
function matches(
  match: Expression & { kind: "match" },
  value: unknown,
  [name, ...rest]: readonly string[],
): boolean {
  if (name === undefined) return compare(match, value);
  if (Array.isArray(value)) return value.some((item) => matches(match, item, [name, ...rest]));
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return false;
  return matches(match, (value as Record<string, unknown>)[name], rest);
}

function compare({ operator, value: wanted }: Expression & { kind: "match" }, value: unknown): boolean {
  if (operator === "equal") return String(value) === wanted;
  if (operator === "empty") return sizeOf(value) === 0;
  if (typeof value === "string") return value.includes(wanted);
  if (Array.isArray(value)) return value.includes(wanted);
  return typeof value === "object" && value !== null && Object.hasOwn(value, wanted);
}

function sizeOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return typeof value === "object" && value !== null ? Object.keys(value).length : 0;
}
