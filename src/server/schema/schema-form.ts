import type { StandardSchema } from "../../core/schema.js";
import { referenced } from "./describe-json-schema.js";
import { type JsonSchema, javaScriptType, jsonSchemaOf } from "./schema-json.js";

/** What the schemas say of themselves; read when a value is refused, and once. */
const known = new WeakMap<StandardSchema, JsonSchema>();

/**
 * A value that came over the wire in the form that its schema wants: a `number` where a whole one beyond 2^53 is a
 * `bigint`, a `bigint` where a small one is a `number`, a `Date` for its text. The same value when nothing is to change.
 */
export function inSchemaForm(value: unknown, type: StandardSchema): unknown {
  const root = known.get(type) ?? read(type);
  known.set(type, root);
  return new Conversion(root).of(value, root, 0);
}

function read(type: StandardSchema): JsonSchema {
  try {
    return jsonSchemaOf(type);
  } catch {
    return {};
  }
}

const maxDepth = 200;

class Conversion {
  readonly #root: JsonSchema;
  /** Places still looked at: choices within choices are many. */
  #left = 100_000;

  constructor(root: JsonSchema) {
    this.#root = root;
  }

  of(value: unknown, schema: unknown, depth: number): unknown {
    if (!isObject(schema) || depth > maxDepth || this.#left-- <= 0) return value;
    const target = referenced(schema, this.#root);
    if (target) return this.of(value, target, depth + 1);
    const own = Array.isArray(value)
      ? this.#list(value, schema, depth + 1)
      : isObject(value)
        ? this.#members(value, schema, depth + 1)
        : plain(value, schema);
    return choicesOf(schema).reduce((changed, choice) => this.of(changed, choice, depth + 1), own);
  }

  #list(list: readonly unknown[], { prefixItems, items }: JsonSchema, depth: number): unknown {
    const first: readonly unknown[] = Array.isArray(prefixItems) ? prefixItems : [];
    const changed = list.map((each, i) => this.of(each, i < first.length ? first[i] : items, depth));
    return changed.some((each, i) => each !== list[i]) ? changed : list;
  }

  #members(members: JsonSchema, { properties, additionalProperties }: JsonSchema, depth: number): unknown {
    const named = isObject(properties) ? properties : {};
    let changed = false;
    const entries = Object.entries(members).map(([name, member]) => {
      const schema = Object.hasOwn(named, name) ? named[name] : additionalProperties;
      const made = this.of(member, schema, depth);
      changed ||= made !== member;
      return [name, made] as const;
    });
    return changed ? Object.fromEntries(entries) : members;
  }
}

function choicesOf({ anyOf, oneOf, allOf }: JsonSchema): readonly unknown[] {
  return [anyOf, oneOf, allOf].flatMap((choices) => (Array.isArray(choices) ? choices : []));
}

function plain(value: unknown, { type, [javaScriptType]: wanted }: JsonSchema): unknown {
  if (typeof value === "bigint") return [type].flat().includes("number") ? Number(value) : value;
  if (typeof value === "number")
    return wanted === "bigint" && Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== "string" || wanted !== "Date" || !dateTime.test(value)) return value;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? value : date;
}

/** RFC 3339, as a `Date` is written. */
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

function isObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
