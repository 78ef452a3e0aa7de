import type { StandardSchema } from "../../core/schema.js";

/** A JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Names the JavaScript type of a value (`Date`, `bigint`) that JSON has no type for. */
export const javaScriptType = "x-javascript-type";

/** On the wire a `Date` is a string, and a `bigint` a number. */
const wireForms: Readonly<Record<string, JsonSchema>> = {
  date: { type: "string", format: "date-time", [javaScriptType]: "Date" },
  bigint: { type: "integer", format: "int64", [javaScriptType]: "bigint" },
};

/**
 * Makes each library describe as much as it can. By default, one field without a JSON Schema form fails the whole type.
 */
const libraryOptions: Readonly<Record<string, JsonSchema>> = {
  zod: { unrepresentable: "any", override: overrideZod },
  valibot: { errorMode: "ignore", overrideSchema: overrideValibot },
  arktype: {
    fallback: {
      date: () => wireForms.date,
      domain: ({ domain, base }: ArkDomain) => wireForms[domain] ?? base,
    },
  },
};

interface ZodPlace {
  readonly zodSchema: { readonly _zod: { readonly def: { readonly type: string } } };
  readonly jsonSchema: Record<string, unknown>;
}

function overrideZod({ zodSchema, jsonSchema }: ZodPlace): void {
  Object.assign(jsonSchema, wireForms[zodSchema._zod.def.type]);
}

function overrideValibot({ valibotSchema }: { readonly valibotSchema: { readonly type: string } }): unknown {
  return wireForms[valibotSchema.type];
}

interface ArkDomain {
  readonly domain: string;
  readonly base: JsonSchema;
}

/**
 * The JSON Schema of a schema's input. That holds for responses too: a handler's result is sent as it is.
 * @throws when the schema, or its library, has none.
 */
export function jsonSchemaOf(type: StandardSchema): JsonSchema {
  const found = known.get(type);
  if (found) return found;
  const { jsonSchema, vendor } = type["~standard"];
  if (!jsonSchema) throw new Error(`${vendor} gives no JSON Schema for it`);
  const made = jsonSchema.input({ target: "draft-2020-12", libraryOptions: libraryOptions[vendor] });
  known.set(type, made);
  return made;
}

/** The cached JSON Schema of a schema. Empty if it has none. */
export function knownSchemaOf(type: StandardSchema): JsonSchema {
  if (without.has(type)) return {};
  try {
    return jsonSchemaOf(type);
  } catch {
    without.add(type);
    return {};
  }
}

const known = new WeakMap<StandardSchema, JsonSchema>();
const without = new WeakSet<StandardSchema>();
