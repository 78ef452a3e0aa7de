import type { StandardSchema } from "../../core/schema.js";

/** JSON Schema, as far as it is looked at here. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The member that says of which JavaScript type a value is that JSON has no type for. */
export const javaScriptType = "x-javascript-type";

/** On the wire a `Date` is text, and a `bigint` a number. */
const wireForms: Readonly<Record<string, JsonSchema>> = {
  date: { type: "string", format: "date-time", [javaScriptType]: "Date" },
  bigint: { type: "integer", format: "int64", [javaScriptType]: "bigint" },
};

/**
 * How each library is told to describe what it can: by default one field that JSON Schema has no word for costs the
 * description of the whole type.
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
 * A schema in the words of JSON Schema, with what may be sent: a handler's result is sent as it is given.
 * @throws when the schema, or its library, cannot say it.
 */
export function jsonSchemaOf(type: StandardSchema): JsonSchema {
  const { jsonSchema, vendor } = type["~standard"];
  if (!jsonSchema) throw new Error(`${vendor} gives no JSON Schema for it`);
  return jsonSchema.input({ target: "draft-2020-12", libraryOptions: libraryOptions[vendor] });
}
