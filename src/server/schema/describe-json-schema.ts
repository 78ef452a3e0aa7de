import type { Value } from "../../core/service.js";

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

/** Follows references, and unwraps unions with null. */
function resolve(schema: Schema, root: Schema): Schema {
  let found = schema;
  for (let step = 0; step < maxDepth; step++) {
    const next = referenced(found, root) ?? onlyChoice(found);
    if (next === undefined) return found;
    found = next;
  }
  return {};
}

/** The target of a schema's `$ref`, if it has one. */
export function referenced({ $ref }: Schema, root: Schema): Schema | undefined {
  if (typeof $ref !== "string") return undefined;
  if ($ref === "#") return root;
  let found: unknown = root;
  for (const part of $ref.replace(/^#\//, "").split("/")) found = isSchema(found) ? found[part] : undefined;
  return isSchema(found) ? found : {};
}

function onlyChoice({ anyOf, oneOf, allOf }: Schema): Schema | undefined {
  const choices: unknown = anyOf ?? oneOf ?? allOf;
  if (!Array.isArray(choices)) return undefined;
  const [first, second] = choices.filter((choice) => isSchema(choice) && choice.type !== "null");
  return second === undefined && isSchema(first) ? first : undefined;
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
