import type { Value } from "../../core/service.js";
import { stringifyJson } from "../../core/text/json.js";

type Schema = Readonly<Record<string, unknown>>;

/** Bounds of a tree: it is stored in a registry tag, which every client reads over and over. */
const maxDepth = 6;
const maxFields = 200;

const goTypes: Readonly<Record<string, string>> = {
  string: "string",
  boolean: "bool",
  integer: "int64",
  number: "float64",
};

/** Converts a JSON Schema to a tree with Go type names. A type that Go has no name for is empty. */
export function jsonSchemaValue(name: string, root: Schema): Value {
  return describe(name, root, { root, depth: 0 });
}

interface Place {
  /** The schema that `$ref`s point into. */
  readonly root: Schema;
  readonly depth: number;
}

function describe(name: string, schema: Schema, place: Place): Value {
  const plain = resolve(schema, place.root);
  const type = typeName(plain);
  if (type === "object") return describeObject(name, plain, place);
  if (type === "array") return describeArray(name, plain, place);
  return { name, type: goTypes[type] ?? "", values: [] };
}

function describeObject(name: string, schema: Schema, { root, depth }: Place): Value {
  const { properties } = schema;
  if (!isSchema(properties)) return { name, type: "", values: [] };
  const type = typeof schema.title === "string" ? schema.title : capitalised(name);
  if (depth >= maxDepth) return { name, type, values: [] };
  const fields = Object.entries(properties).slice(0, maxFields);
  const values = fields.map(([field, inner]) =>
    describe(field, isSchema(inner) ? inner : {}, { root, depth: depth + 1 }),
  );
  return { name, type, values };
}

function describeArray(name: string, schema: Schema, { root, depth }: Place): Value {
  const items = isSchema(schema.items) ? schema.items : {};
  const element = describe(name, items, { root, depth: depth + 1 });
  if (element.type === "") return { name, type: "", values: [] };
  return { name, type: `[]${element.type}`, values: [{ ...element, name: element.type }] };
}

/** Follows references, and merges the choices of a union: a field keeps its type if all choices agree on it. */
function resolve(schema: Schema, root: Schema, step = 0): Schema {
  if (step > maxDepth) return {};
  const target = referenced(schema, root);
  if (target) return resolve(target, root, step + 1);
  const choices = choicesOf(schema).map((choice) => resolve(choice, root, step + 1));
  const [first, second] = choices;
  if (first === undefined) return schema;
  return second === undefined ? first : joined(choices);
}

/** Empty for choices of different types. */
function joined(choices: readonly Schema[]): Schema {
  const types = new Set(choices.map(typeName));
  const [type] = types;
  if (types.size > 1 || type === "") return {};
  if (type === "array") return { type, items: { anyOf: unique(choices.map(({ items }) => items)) } };
  if (type !== "object") return { type };
  const properties = new Map<string, unknown[]>();
  for (const choice of choices) {
    if (!isSchema(choice.properties)) return {};
    for (const [name, property] of Object.entries(choice.properties))
      properties.set(name, [...(properties.get(name) ?? []), property]);
  }
  const fields = [...properties].map(([name, found]) => [name, { anyOf: unique(found) }]);
  return { type, properties: Object.fromEntries(fields) };
}

/** Each different schema once. In a union that contains itself, their number would multiply at every level. */
function unique(schemas: readonly unknown[]): readonly unknown[] {
  return [...new Map(schemas.map((schema) => [stringifyJson(schema), schema])).values()];
}

/** True for a union that cannot be described: its choices have different types. */
export function isMixed(root: Schema): boolean {
  const schema = referenced(root, root) ?? root;
  return choicesOf(schema).length > 1 && typeName(resolve(schema, root)) === "";
}

/** The target of a schema's `$ref`, if it has one. */
export function referenced({ $ref }: Schema, root: Schema): Schema | undefined {
  if (typeof $ref !== "string") return undefined;
  if ($ref === "#") return root;
  let found: unknown = root;
  for (const part of $ref.replace(/^#\//, "").split("/")) found = isSchema(found) ? found[part] : undefined;
  return isSchema(found) ? found : {};
}

/** The choices of a union or parts of an intersection, without null. */
function choicesOf({ anyOf, oneOf, allOf }: Schema): readonly Schema[] {
  const choices: unknown = anyOf ?? oneOf ?? allOf;
  if (!Array.isArray(choices)) return [];
  return choices.filter((choice) => isSchema(choice) && choice.type !== "null");
}

function typeName({ type, properties, enum: values }: Schema): string {
  const names = Array.isArray(type) ? type.filter((name) => name !== "null") : [type];
  if (names.length === 1 && typeof names[0] === "string") return names[0];
  if (isSchema(properties)) return "object";
  return Array.isArray(values) && values.every((value) => typeof value === "string") ? "string" : "";
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
