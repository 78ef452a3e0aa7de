import type { SchemaIssue, SchemaResult, StandardSchema } from "../../core/schema.js";

/** Validates a value. Synchronous only if the schema is. */
export type Validator = (value: unknown) => SchemaResult<unknown> | Promise<SchemaResult<unknown>>;

const known = new WeakMap<StandardSchema, Validator>();

/** Returns the function that validates values by `type`. */
export function validatorOf(type: StandardSchema): Validator {
  const found = known.get(type);
  if (found) return found;
  const made = asyncZodValidator(type) ?? ((value) => type["~standard"].validate(value));
  known.set(type, made);
  return made;
}

interface ZodResult {
  readonly data?: unknown;
  readonly error?: { readonly issues: readonly SchemaIssue[] };
}

/**
 * The asynchronous validator of a zod schema that may need it. Zod's own validates synchronously first, and drops the
 * promise of an asynchronous check before it starts again: each check would run twice, and one that rejects would end
 * the process. Schemas without functions of their author stay synchronous, which is faster.
 */
function asyncZodValidator(type: StandardSchema): Validator | undefined {
  if (type["~standard"].vendor !== "zod" || !("safeParseAsync" in type) || !runsFunctions(type))
    return undefined;
  const { safeParseAsync } = type as { safeParseAsync: (value: unknown) => Promise<ZodResult> };
  return async (value) => {
    const { data, error } = await safeParseAsync.call(type, value);
    return error ? { issues: error.issues } : { value: data };
  };
}

/** The members of a zod definition, versions 3 and 4, that hold further schemas or checks. */
const children =
  "innerType element items rest catchall options left right in out keyType valueType checks schema type parts".split(
    " ",
  );

/** Schemas to look at. A recursive one may make new ones each time it is asked for its parts. */
const maxSchemas = 2000;

/** True if a zod schema, or one inside it, runs functions of its author, or has too many parts to tell. */
function runsFunctions(root: unknown): boolean {
  const pending: unknown[] = [root];
  const seen = new Set<object>();
  while (pending.length > 0) {
    if (seen.size > maxSchemas) return true;
    const node = pending.pop();
    if (typeof node !== "object" || node === null || seen.has(node)) continue;
    seen.add(node);
    const definition = definitionOf(node);
    if (definition === undefined)
      pending.push(...(node instanceof Map ? node.values() : Object.values(node)));
    else if (isFunction(definition)) return true;
    else
      pending.push(
        ...children.map((name) => definition[name]),
        called(definition.shape),
        called(definition.getter),
      );
  }
  return false;
}

/** Undefined for a list or an object of schemas. */
function definitionOf(node: object): Readonly<Record<string, unknown>> | undefined {
  const { _zod, _def } = node as { _zod?: { def: Record<string, unknown> }; _def?: Record<string, unknown> };
  return _zod?.def ?? _def;
}

function isFunction({ type, check, transform, typeName }: Readonly<Record<string, unknown>>): boolean {
  return (
    check === "custom" ||
    typeof transform === "function" ||
    ["promise", "custom"].includes(String(type)) ||
    ["ZodEffects", "ZodPromise"].includes(String(typeName))
  );
}

/** Recursive schemas are behind a function, and so are the fields of zod 3. */
function called(member: unknown): unknown {
  return typeof member === "function" ? member() : member;
}
