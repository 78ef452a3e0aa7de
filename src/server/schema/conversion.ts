import { referenced } from "./describe-json-schema.js";
import type { JsonSchema } from "./schema-json.js";

const maxDepth = 200;

/** A value before and after conversion. A converted value is not changed again by another choice of a union. */
interface Place {
  readonly given: unknown;
  readonly value: unknown;
}

/** Converts the plain values in `value`, each by the schemas that apply to it. Returns the same value if nothing changes. */
export function convert(
  value: unknown,
  root: JsonSchema,
  leaf: (value: unknown, schema: JsonSchema) => unknown,
): unknown {
  return new Conversion(root, leaf).of({ given: value, value }, root, 0);
}

class Conversion {
  readonly #root: JsonSchema;
  readonly #leaf: (value: unknown, schema: JsonSchema) => unknown;
  /** Schemas that may still be visited, since nested unions multiply. The rest of the value stays as it is. */
  #left = 100_000;

  constructor(root: JsonSchema, leaf: (value: unknown, schema: JsonSchema) => unknown) {
    this.#root = root;
    this.#leaf = leaf;
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
    if (isPlain(given) && isPlain(value)) return this.#members(given, value, schema, depth);
    return value === given ? this.#leaf(value, schema) : value;
  }

  /** The schemas that also apply to a value: all of `allOf`, and the possible choices of unions. */
  #choicesOf({ anyOf, oneOf, allOf }: JsonSchema, given: unknown): readonly unknown[] {
    const choices = [...listOf(anyOf), ...listOf(oneOf)];
    return [...listOf(allOf), ...choices.filter((choice) => this.#mayBe(given, choice))];
  }

  /** False if a discriminating member of the value belongs to another choice of the union. */
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

  #members(given: JsonSchema, members: JsonSchema, schema: JsonSchema, depth: number): unknown {
    let changed = false;
    const entries = Object.entries(members).map(([name, member]) => {
      const made = this.of({ given: given[name], value: member }, memberSchema(schema, name), depth);
      changed ||= made !== member;
      return [name, made] as const;
    });
    return changed ? Object.fromEntries(entries) : members;
  }
}

function memberSchema(
  { properties, patternProperties, additionalProperties }: JsonSchema,
  name: string,
): unknown {
  if (isObject(properties) && Object.hasOwn(properties, name)) return properties[name];
  const byPattern = isObject(patternProperties) ? Object.entries(patternProperties) : [];
  const [, found] = byPattern.find(([pattern]) => patternOf(pattern).test(name)) ?? [];
  return found ?? additionalProperties;
}

const patterns = new Map<string, RegExp>();

/** Not every pattern that JavaScript takes is valid with the flag `u`, which JSON Schema asks for. */
function patternOf(source: string): RegExp {
  const known = patterns.get(source);
  if (known) return known;
  const pattern = compiled(source, "u") ?? compiled(source, "") ?? never;
  patterns.set(source, pattern);
  return pattern;
}

const never = /(?!)/;

function compiled(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined;
  }
}

/** True unless the schema requires a different constant. */
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

function isObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True for a plain object: not for a `Map`, `Date` or class instance, which have their own JSON forms. */
function isPlain(value: unknown): value is JsonSchema {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !("toJSON" in value);
}
