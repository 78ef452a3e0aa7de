import type { StandardSchema } from "../../core/schema.js";
import { referenced } from "./describe-json-schema.js";
import { type JsonSchema, javaScriptType, jsonSchemaOf } from "./schema-json.js";

/** JSON Schemas of the schemas, read once, when a value is first refused. */
const known = new WeakMap<StandardSchema, JsonSchema>();

/**
 * Converts a decoded value to the JavaScript types that its schema expects: a `bigint` to `number` or back, a string to
 * `Date`. Returns the same value if nothing changes.
 */
export function inSchemaForm(value: unknown, type: StandardSchema): unknown {
  const root = known.get(type) ?? read(type);
  known.set(type, root);
  return new Conversion(root).of({ given: value, value }, root, 0);
}

function read(type: StandardSchema): JsonSchema {
  try {
    return jsonSchemaOf(type);
  } catch {
    return {};
  }
}

const maxDepth = 200;

/** A value, and what came in its place: what this pass has changed stays, whatever another choice of a union wants. */
interface Place {
  readonly given: unknown;
  readonly value: unknown;
}

class Conversion {
  readonly #root: JsonSchema;
  /** Schemas still visited: nested unions multiply. */
  #left = 100_000;

  constructor(root: JsonSchema) {
    this.#root = root;
  }

  of({ given, value }: Place, schema: unknown, depth: number): unknown {
    if (!isObject(schema) || depth > maxDepth || this.#left-- <= 0) return value;
    const target = referenced(schema, this.#root);
    if (target) return this.of({ given, value }, target, depth + 1);
    return this.#choicesOf(schema, given).reduce(
      (changed, choice) => this.of({ given, value: changed }, choice, depth + 1),
      this.#own({ given, value }, schema, depth + 1),
    );
  }

  #own({ given, value }: Place, schema: JsonSchema, depth: number): unknown {
    if (Array.isArray(given) && Array.isArray(value)) return this.#list(given, value, schema, depth);
    if (isObject(given) && isObject(value)) return this.#members(given, value, schema, depth);
    return value === given ? plain(value, schema) : value;
  }

  /** What a value is to be as well, and what it may be. */
  #choicesOf({ anyOf, oneOf, allOf }: JsonSchema, given: unknown): readonly unknown[] {
    const choices = [...listOf(anyOf), ...listOf(oneOf)];
    return [...listOf(allOf), ...choices.filter((choice) => this.#mayBe(given, choice))];
  }

  /** False where a member that tells the choices of a union apart has the value of another one. */
  #mayBe(given: unknown, choice: unknown): boolean {
    const schema = isObject(choice) ? (referenced(choice, this.#root) ?? choice) : {};
    const { properties } = schema;
    if (!isObject(given) || !isObject(properties)) return true;
    return Object.entries(given).every(
      ([name, member]) => !Object.hasOwn(properties, name) || isConstant(member, properties[name]),
    );
  }

  #list(
    given: readonly unknown[],
    list: readonly unknown[],
    { prefixItems, items }: JsonSchema,
    depth: number,
  ): unknown {
    const first = listOf(prefixItems);
    const changed = list.map((value, i) =>
      this.of({ given: given[i], value }, i < first.length ? first[i] : items, depth),
    );
    return changed.some((each, i) => each !== list[i]) ? changed : list;
  }

  #members(
    given: JsonSchema,
    members: JsonSchema,
    { properties, additionalProperties }: JsonSchema,
    depth: number,
  ): unknown {
    const named = isObject(properties) ? properties : {};
    let changed = false;
    const entries = Object.entries(members).map(([name, member]) => {
      const schema = Object.hasOwn(named, name) ? named[name] : additionalProperties;
      const made = this.of({ given: given[name], value: member }, schema, depth);
      changed ||= made !== member;
      return [name, made] as const;
    });
    return changed ? Object.fromEntries(entries) : members;
  }
}

/** True unless the schema names other plain values. */
function isConstant(value: unknown, schema: unknown): boolean {
  if (!isObject(schema)) return true;
  const wanted = Object.hasOwn(schema, "const") ? [schema.const] : listOf(schema.enum);
  const plain = typeof value === "bigint" ? Number(value) : value;
  return (
    wanted.length === 0 || wanted.some((each) => isObject(each) || Array.isArray(each) || each === plain)
  );
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function plain(value: unknown, { type, [javaScriptType]: wanted }: JsonSchema): unknown {
  if (typeof value === "bigint") return [type].flat().includes("number") ? Number(value) : value;
  if (typeof value === "number")
    return wanted === "bigint" && Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== "string" || wanted !== "Date" || !dateTime.test(value)) return value;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? value : date;
}

/** RFC 3339, the JSON form of a `Date`. */
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

function isObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
